import type { Registry, Selector } from "../../../src/spi.js";

/** What the clauses work on. */
export interface SelectorHarness {
  readonly selector: Selector;
  /** Where the selector finds its nodes; the clauses fill it. */
  readonly registry: Registry;
  /** Lets that many milliseconds pass, in fact or on a virtual clock. */
  elapse(ms: number): Promise<void>;
  /** Repeats `check` until it does not throw, and rejects with its last error after a fair time. */
  eventually(check: () => void | Promise<void>): Promise<void>;
}
