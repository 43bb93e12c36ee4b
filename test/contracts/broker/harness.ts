import type { Broker } from "../../../src/spi.js";

/** What the clauses work on: a medium of their own, at least as far as topics go. */
export interface BrokerHarness {
  /** A connected broker. */
  readonly broker: Broker;
  /** Another broker on the same medium, not connected yet. Disconnected with the harness. */
  peer(): Promise<Broker>;
  /** Lets that many milliseconds pass, in fact or on a virtual clock. */
  elapse(ms: number): Promise<void>;
  /** Repeats `check` until it does not throw, and rejects with its last error after a fair time. */
  eventually(check: () => void | Promise<void>): Promise<void>;
  /** A topic that nobody has used before. */
  topic(): string;
  /** Bytes of the largest body to send. Default 1,047,552: 1 MiB less 1 KiB. */
  readonly largestBody?: number;
}
