import type { Environment, Transport } from "../../../src/spi.js";

/** What the clauses about transports work on. Closed with the harness. */
export interface TransportHarness {
  readonly transport: Transport;
  /** Where to listen; each time a free address, such as `127.0.0.1:0`. */
  readonly address: string;
  readonly environment: Environment;
  /** Real milliseconds after which what should have happened counts as missing. Default 5,000. */
  readonly patienceMs?: number;
}
