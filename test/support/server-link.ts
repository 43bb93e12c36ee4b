import type { Timers } from "../../src/base/environment.js";
import { Canceled, Unavailable } from "../../src/base/errors.js";
import type { Machine, VirtualMachines } from "./virtual-machines.js";
import type { VirtualLoop } from "./virtual-loop.js";
import type { Wire } from "./virtual-connection.js";

/** Milliseconds that a request to a server may take, as clients of real ones limit them. */
const limitMs = 5_000;

/** What is asked of a server. */
export interface Ask<T> {
  /** What it is, in the words of an error. */
  readonly what: string;
  /** Runs at the server. */
  readonly begin: () => Promise<T>;
  /** Undoes what was begun when nobody waits for it any more. */
  readonly discard?: (late: T) => unknown;
  readonly signal?: AbortSignal | undefined;
  /** Asks that carry the same text stay in order, whatever others do. */
  readonly lane?: string | undefined;
  /** May be carried twice, or passed by others, where the network does that. */
  readonly loose?: boolean;
}

/**
 * A process's connection to a server of the world that is no machine of code under test: a registry, a
 * broker. Requests travel there and answers back, as slowly and as safely as the network lets them.
 */
export class ServerLink {
  readonly #there: Wire;
  readonly #back: Wire;
  /** The last of each lane that is being held back. */
  readonly #lanes = new Map<string, Promise<void>>();
  /** Requests that wait for their answers. */
  pending = 0;

  constructor(
    private readonly machines: VirtualMachines,
    private readonly from: Machine,
    private readonly server: Machine,
    private readonly loop: VirtualLoop,
    private readonly timers: Timers,
  ) {
    this.#there = machines.wire(from, server, loop);
    this.#back = machines.wire(server, from, loop);
  }

  /**
   * Resolves with the server's answer; the dead wait for ever.
   * @throws what the server throws, Unavailable `<server>.unreachable` when the connection breaks or no
   *   answer comes within 5,000 ms, Canceled on abort.
   */
  ask<T>({ what, begin, discard, signal, lane, loose = false }: Ask<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.loop.ended) return;
      let over = false;
      const settle = (how: () => void): void => {
        if (over) return;
        over = true;
        this.pending--;
        limit.cancel();
        signal?.removeEventListener("abort", abort);
        how();
      };
      const abort = (): void =>
        settle(() => reject(new Canceled(`${what}: cancelled`, { cause: signal?.reason })));
      const fail = (why: string): void =>
        settle(() =>
          reject(
            new Unavailable(`${what}: the ${this.server.name} ${why}`, {
              reason: `${this.server.name}.unreachable`,
            }),
          ),
        );
      this.pending++;
      const limit = this.timers.after(limitMs, () => fail(`did not answer within ${limitMs} ms`));
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort, { once: true });
      this.#there.tell(what);
      const [lost, lostOnTheWayBack] = this.#losses();
      if (lost) {
        this.loop.timers.after(0, () => fail("lost the connection before it heard that"));
        return;
      }
      const answer = (give: () => void): void => {
        if (lostOnTheWayBack) this.#back.later(() => fail("lost the connection"));
        else this.#back.carry(() => this.loop.run(give));
      };
      const arrive = (): void => {
        if (over || this.loop.ended) return; // given up: its connection was closed with it
        begin().then(
          (value) =>
            answer(() => {
              if (over) discard?.(value);
              else settle(() => resolve(value));
            }),
          (error: unknown) => answer(() => settle(() => reject(asError(error)))),
        );
      };
      const again = (): void => void begin().catch(() => undefined);
      this.#send(arrive, loose ? again : undefined, lane);
    });
  }

  /** Carries something from the server to the process, and how that went back. */
  deliver(what: string, begin: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#back.carry(() =>
        this.loop.run(() => {
          this.#there.tell(what);
          begin().then(
            () => this.#there.carry(resolve),
            (error: unknown) => this.#there.carry(() => reject(asError(error))),
          );
        }),
      );
    });
  }

  /** Tells the process something, in order. */
  notify(tell: () => void): void {
    this.#back.carry(() => this.loop.run(tell));
  }

  #losses(): readonly [lost: boolean, lostOnTheWayBack: boolean] {
    if (!this.#there.breaks()) return [false, false];
    const begun = this.machines.faults.coin();
    return [!begun, begun];
  }

  #send(arrive: () => void, again: (() => void) | undefined, lane: string | undefined): void {
    const { faults } = this.machines;
    const [from, to] = [this.from.name, this.server.name];
    const twice = again !== undefined && faults.strikes("duplicate", from, to);
    const holdMs = again === undefined ? 0 : faults.holdMs(from, to);
    const carry = (): void => {
      this.#there.carry(arrive);
      if (twice && again) this.#there.carry(again);
    };
    const before = lane === undefined ? undefined : this.#lanes.get(lane);
    if (holdMs === 0 && !before) {
      carry();
      return;
    }
    const sent = (before ?? Promise.resolve()).then(async () => {
      if (holdMs > 0)
        await new Promise<void>((resolve) => this.machines.clock.timers.after(holdMs, resolve));
      carry();
      if (lane !== undefined && this.#lanes.get(lane) === sent) this.#lanes.delete(lane);
    });
    if (lane !== undefined) this.#lanes.set(lane, sent);
  }
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
