import type { RpcClient } from "plugboard";
import type { Journal } from "./journal.js";
import { reasonOf } from "./load.js";
import { Ticked } from "./ticked.js";

/** Events that a broker has not acknowledged, by reason. */
export type Refused = Readonly<Record<string, number>>;

/** Publishes events through one broker at a rate, and notes those that it has acknowledged. */
export class Ticker {
  readonly #refused: Record<string, number> = {};
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #made = 0;

  constructor(
    private readonly name: string,
    private readonly client: RpcClient,
    private readonly journal: Journal,
  ) {}

  start(perSecond: number): void {
    this.#timer = setInterval(() => {
      const published = this.#publish(`${this.name}-${this.#made++}`).finally(() =>
        this.#underWay.delete(published),
      );
      this.#underWay.add(published);
    }, 1_000 / perSecond);
  }

  /** Publishes no further event, waits for those under way, and says what was refused. */
  async stop(): Promise<Refused> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    return this.#refused;
  }

  async #publish(id: string): Promise<void> {
    try {
      await this.client.publish(this.client.newMessage(Ticked, { id }));
      this.journal.write("acknowledged", id);
    } catch (error) {
      const reason = reasonOf(error);
      this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    }
  }
}
