import type { AttackReport } from "../attack/attack-report.js";
import type { Door } from "../protocols/server-protocol.js";

/** What a process under test says of itself, garbage collected. */
export interface Measure {
  /** Bytes that are held: objects, and buffers outside of the heap. */
  readonly heldBytes: number;
  readonly rssBytes: number;
  /** Open connections. */
  readonly connections: number;
  readonly timers: number;
  /** Errors that were logged and are nobody's handler's, with their number. */
  readonly errors: readonly (readonly [string, number])[];
  /** Of calls that were made or heard, where the process makes some. */
  readonly tally?: Tally;
}

/** What came of calls. */
export interface Tally {
  readonly calls: number;
  readonly failed: number;
  /** What no call should come to. */
  readonly faults: readonly string[];
  readonly worstMs: number;
}

/** Inputs that a child is to send to itself. */
export interface AttackOrder {
  /** As the command names it. */
  readonly protocol: string;
  readonly seed: number;
  /** Indices, the latter left out. */
  readonly from: number;
  readonly to: number;
  readonly lanes: number;
}

/** From a child to its parent. */
export type FromChild =
  | { readonly kind: "ready"; readonly door: Door }
  | { readonly kind: "measure"; readonly id: number; readonly measure: Measure }
  | { readonly kind: "attacked"; readonly report: AttackReport };

/** From a parent to its child. */
export type ToChild =
  | { readonly kind: "measure"; readonly id: number }
  | { readonly kind: "go"; readonly doors: readonly Door[] }
  | { readonly kind: "attack"; readonly order: AttackOrder };
