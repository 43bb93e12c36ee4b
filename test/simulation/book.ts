/** The shapes of call that the load consists of. */
export type CallKind = "record" | "read" | "place" | "tail" | "total" | "echo";

/** A call that the test has made. */
export interface CallEntry {
  readonly id: string;
  readonly kind: CallKind;
  /** Milliseconds on the cluster's clock. */
  readonly startedAt: number;
  readonly timeoutMs: number;
  endedAt?: number;
  /** `ok`, or the reason of its error. */
  outcome?: string;
  /** What was wrong about the reply. */
  wrong?: string;
}

/** An event that somebody has tried to publish. */
export interface EventEntry {
  readonly id: string;
  readonly key: string;
  /** Place among those of its key. */
  readonly number: number;
  /** The broker has said that it took it. */
  acknowledged: boolean;
  /** Groups whose handlers have resolved. */
  readonly handledBy: Set<string>;
}

/** Everything that happened in a simulation, told by its test and its handlers. */
export class Book {
  readonly calls: CallEntry[] = [];
  readonly events = new Map<string, EventEntry>();
  /** Runs of handlers that may run once, by the request's id: on which nodes. */
  readonly runs = new Map<string, string[]>();
  /** Numbers of events in the order in which a group first began to handle them, by group and key. */
  readonly begun = new Map<string, number[]>();
  readonly #keys = new Map<string, number>();

  /** A handler that is not idempotent has begun. */
  ran(id: string, host: string): void {
    const runs = this.runs.get(id);
    if (runs) runs.push(host);
    else this.runs.set(id, [host]);
  }

  /** An event is about to be published. */
  publishes(id: string, key: string): EventEntry {
    const number = this.#keys.get(key) ?? 0;
    this.#keys.set(key, number + 1);
    const entry = { id, key, number, acknowledged: false, handledBy: new Set<string>() };
    this.events.set(id, entry);
    return entry;
  }

  /** A member of a group has begun to handle an event. */
  begins(group: string, id: string): void {
    const event = this.events.get(id);
    if (!event) return;
    const line = `${group} ${event.key}`;
    const numbers = this.begun.get(line) ?? [];
    this.begun.set(line, numbers);
    if (!numbers.includes(event.number)) numbers.push(event.number);
  }

  handled(group: string, id: string): void {
    this.events.get(id)?.handledBy.add(group);
  }
}
