import { dnsMalformed } from "./dns-malformed.js";

/** Labels and pointers that one message may need; honest ones need a few dozen. */
const mostSteps = 4_096;

/**
 * What the names of one message may cost to read: by compression a few bytes can stand for a name of 127
 * labels, and pointers can lead through thousands of others.
 */
export class DnsBudget {
  #left = mostSteps;

  /** Counts a label or a pointer. @throws BadRequest (`registry.dns-malformed`) when there were too many. */
  step(): void {
    if (this.#left-- === 0) throw dnsMalformed(`more than ${mostSteps} labels and pointers`);
  }
}
