import type { ServiceNode, ServiceRecord } from "../registry/registry.js";

/** Leaves out, or reorders, what may be chosen. Must not change its argument. */
export type SelectFilter = (services: readonly ServiceRecord[]) => readonly ServiceRecord[];

/** What a caller asks of the choice. */
export interface SelectOptions {
  /** Only nodes of this version. */
  readonly version?: string;
  /** Only nodes whose metadata has all of these. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only versions that advertise this endpoint; versions that advertise none at all pass. */
  readonly endpoint?: string;
  /** Only nodes that speak one of these (`mucp`, `grpc`); nodes that do not say pass. */
  readonly protocols?: readonly string[];
  /** Equal keys go to equal nodes, where the selector can do so. */
  readonly shardKey?: string;
  /** Filters of the caller's own, run last. */
  readonly filters?: readonly SelectFilter[];
  readonly signal?: AbortSignal;
}

/** A chosen node with the record that it came from. */
export interface Selection {
  readonly node: ServiceNode;
  readonly service: ServiceRecord;
}

/**
 * Draws the next node; ids in `exclude` are avoided while any other is left.
 * @throws Unavailable (`selector.empty`) when no node passes the filters.
 */
export type SelectNext = (exclude?: ReadonlySet<string>) => Selection;

/** How an attempt on a node ended. */
export interface AttemptOutcome {
  /** Left out on success. */
  readonly error?: unknown;
  /** From sending to reply. */
  readonly latencyMs: number;
}

/** Chooses the node for each attempt of a call. */
export abstract class Selector {
  abstract readonly name: string;
  /**
   * Looks the service up and prepares to draw. Answers without a promise when the nodes are known.
   * @throws NotFound (`selector.not-found`, safe to retry) when nobody serves the name,
   *   Unavailable when the registry cannot be reached and nothing is cached.
   */
  abstract select(service: string, options?: SelectOptions): SelectNext | Promise<SelectNext>;
  /** Tells how an attempt ended. Called once for each drawn node. */
  abstract mark(service: string, node: ServiceNode, outcome: AttemptOutcome): void;
  /** Forgets what `mark` told about a service. */
  abstract reset(service: string): void;
  abstract close(): Promise<void>;
}
