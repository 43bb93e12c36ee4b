import type { Registry } from "../../../src/spi.js";

/** What the clauses work on. */
export interface RegistryHarness {
  readonly registry: Registry;
  /** Another registry on the same store, as another process has it. Closed with the harness. */
  peer(): Promise<Registry>;
  /** Lets that many milliseconds pass, in fact or on a virtual clock. */
  elapse(ms: number): Promise<void>;
  /** Repeats `check` until it does not throw, and rejects with its last error after a fair time. */
  eventually(check: () => void | Promise<void>): Promise<void>;
  /** A service name that nobody has used before, of lower-case letters, digits and hyphens. */
  service(): string;
  /** Milliseconds of the shortest TTL that the store keeps to. Default 1,000. */
  readonly shortestTtlMs?: number;
}
