import type { Plugin, Service } from "../../../src/spi.js";
import type { PairHarness, PairNode } from "../pair/harness.js";

/** A process that a service under test runs. Nothing has been started. */
export interface ServiceProcess extends PairNode {
  readonly service: Service;
  /** Sends the process a signal. False when nobody listens for it. */
  raise(signal: string): boolean;
  /** What the process was ended with; undefined while it runs. */
  exitCode(): number | undefined;
}

/** What the clauses about services work on; the harness itself is a process beside it, to call from. */
export interface ServiceHarness extends PairHarness {
  readonly process: ServiceProcess;
}

/** Breaks the service under test. */
export interface ServiceBreak {
  readonly service?: (plugin: Plugin<Service>) => Plugin<Service>;
}
