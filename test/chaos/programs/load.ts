import { RpcError } from "plugboard";
import { now } from "../support/now.js";
import { CallLog } from "./call-log.js";
import type { WorkClient } from "./work.client.js";

/** Every how many calls one is not idempotent. */
const writeEvery = 5;
/** Milliseconds between looks at which calls are due. */
const lookMs = 2;

/** Why a call failed, in a word. */
export const reasonOf = (error: unknown): string =>
  error instanceof RpcError ? (error.reason ?? `code ${error.code}`) : `untyped: ${String(error)}`;

/** Calls made at a rate, whatever becomes of them: four of five idempotent. */
export class Load {
  log = new CallLog();
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #made = 0;

  constructor(private readonly client: WorkClient) {}

  start(perSecond: number): void {
    const from = now();
    const before = this.#made;
    this.#timer = setInterval(() => {
      const due = before + ((now() - from) * perSecond) / 1_000;
      while (this.#made < due) this.#make();
    }, lookMs);
  }

  /** Makes no further call, and waits for those under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  #make(): void {
    const number = this.#made++;
    const call = this.#call(String(number), number % writeEvery !== 0).finally(() =>
      this.#underWay.delete(call),
    );
    this.#underWay.add(call);
  }

  async #call(id: string, idempotent: boolean): Promise<void> {
    const begunAt = now();
    try {
      const done = await (idempotent ? this.client.read({ id }) : this.client.write({ id }));
      if (done.id !== id) throw new Error(`asked for ${id} and got ${done.id}`);
      this.log.add(begunAt, now() - begunAt, { idempotent, node: done.node });
    } catch (error) {
      this.log.add(begunAt, now() - begunAt, { idempotent, reason: reasonOf(error) });
    }
  }
}
