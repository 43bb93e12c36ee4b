import { openSync, writeSync } from "node:fs";

/** What is noted: an event that was acknowledged or handled, or a call that is not idempotent. */
export type Entry = "acknowledged" | "event" | "write";

/** Lines that outlive the process, however it ends: the system has them when `write` returns. */
export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(kind: Entry, id: string): void {
    writeSync(this.#file, `${kind} ${id}\n`);
  }
}
