import type { Environment, Timer } from "./environment.js";

/** Something that waits for at most so long. Linked into its list while it waits. */
export abstract class Limited {
  /** @internal */ earlier: Limited | undefined;
  /** @internal */ later: Limited | undefined;
  /** @internal */ list: DeadlineList | undefined;
  /** On the monotonic clock, in milliseconds. */
  dueAt = 0;

  /** The time is over. Called once, from a timer. */
  abstract expired(): void;
}

/** Lines at which the empty ones are first looked for. */
const manyLists = 1_024;

/**
 * Time limits at the price of a few assignments: those of equal length, which are most, stand in one
 * line, and only the first of a line has a timer.
 */
export class Deadlines {
  readonly #lists = new Map<number, DeadlineList>();
  #latest: DeadlineList | undefined;
  #sweepAt = manyLists;

  constructor(private readonly environment: Pick<Environment, "clock" | "timers">) {}

  /** Lets `item` expire `ms` milliseconds from `now` on the monotonic clock, up to one later. */
  add(item: Limited, ms: number, now: number): void {
    const whole = Math.max(0, Math.ceil(ms));
    let list = this.#latest;
    if (list?.ms !== whole) {
      list = this.#lists.get(whole);
      if (!list) {
        if (this.#lists.size >= this.#sweepAt) this.#sweep();
        this.#lists.set(whole, (list = new DeadlineList(whole, this.environment, this)));
      }
      this.#latest = list;
    }
    list.add(item, now);
  }

  /** Takes it back. Does nothing for what has expired or was never added. */
  remove(item: Limited): void {
    item.list?.remove(item);
  }

  /** @internal A list whose timer found it empty. */
  drop(list: DeadlineList): void {
    this.#lists.delete(list.ms);
    if (this.#latest === list) this.#latest = undefined;
  }

  /** Drops lines that are empty: peers choose their lengths, and could make any number of them. */
  #sweep(): void {
    for (const list of this.#lists.values()) {
      if (!list.empty) continue;
      list.close();
      this.drop(list);
    }
    this.#sweepAt = Math.max(manyLists, 2 * this.#lists.size);
  }

  /** Forgets everything; nothing expires any more. */
  close(): void {
    for (const list of this.#lists.values()) list.close();
    this.#lists.clear();
    this.#latest = undefined;
  }
}

/** The limits of one length, soonest first. */
class DeadlineList {
  #first: Limited | undefined;
  #last: Limited | undefined;
  #timer: Timer | undefined;

  constructor(
    readonly ms: number,
    private readonly environment: Pick<Environment, "clock" | "timers">,
    private readonly owner: Deadlines,
  ) {}

  get empty(): boolean {
    return this.#first === undefined;
  }

  add(item: Limited, now: number): void {
    item.dueAt = now + this.ms;
    item.list = this;
    item.earlier = this.#last;
    if (this.#last) this.#last.later = item;
    else this.#first = item;
    this.#last = item;
    this.#timer ??= this.environment.timers.after(this.ms, this.#check);
  }

  remove(item: Limited): void {
    const { earlier, later } = item;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    else this.#last = earlier;
    item.earlier = item.later = item.list = undefined;
  }

  close(): void {
    this.#timer?.cancel();
    for (let item = this.#first; item; item = this.#first) this.remove(item);
  }

  readonly #check = (): void => {
    this.#timer = undefined;
    const now = this.environment.clock.monotonic();
    for (let item = this.#first; item && item.dueAt <= now; item = this.#first) {
      this.remove(item);
      item.expired();
    }
    if (this.#first) {
      const ms = Math.max(1, this.#first.dueAt - now);
      this.#timer ??= this.environment.timers.after(ms, this.#check);
    } else if (!this.#timer) this.owner.drop(this);
  };
}
