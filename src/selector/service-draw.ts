import type { Clock } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { ServiceNode, ServiceRecord } from "../registry/registry.js";
import { Ejection, type EjectionRule } from "./ejection.js";
import { filterKey, filterRecords, toCandidates, type Filtered } from "./filter-records.js";
import type { AttemptOutcome, Selection, SelectNext, SelectOptions } from "./selector.js";
import type { LearningStrategy, Strategy } from "./strategy.js";

/** Endpoints asked for, and ways to filter, that are remembered of one service. */
const maxRemembered = 256;

/** One way to filter a service, and what it leaves of it. */
interface View {
  /** The cache's `changes` when this was last brought up to date. */
  changes: number;
  /** What was filtered then. */
  listed: readonly ServiceRecord[] | undefined;
  filtered: Filtered;
  /** The nodes of `filtered`: the service's own list of all, where it leaves all. */
  candidates: readonly Selection[];
}

/** What was asked for an endpoint last, but for what is each call's own, and how that is drawn. */
interface Asked extends Pick<SelectOptions, "endpoint" | "version" | "protocols"> {
  readonly view: View;
  readonly next: SelectNext;
}

/** The draws of one service: filters, ejection, strategy. */
export class ServiceDraw {
  // What each draw looks at comes first: of a thousand services little is in a cache.
  /** The cache's `changes` when it was last asked for the service, and had an answer. */
  #askedAt = -1;
  /** Callers mostly pass the same options again; those with something of their own are not kept. */
  #lastOptions: SelectOptions | undefined;
  #lastNext: SelectNext | undefined;
  readonly #ejection: Ejection | undefined;
  readonly #learns: LearningStrategy | undefined;
  readonly #strategy: Strategy;
  #lastAsked: Asked | undefined;
  readonly #askedOf = new Map<string | undefined, Asked>();
  readonly #views = new Map<string, View>();
  /** What the last lookup found, for when the cache has made room since. */
  #listed: readonly ServiceRecord[] = [];
  #records: readonly ServiceRecord[] | undefined;
  /** Every node of `#records`. Endpoints that all nodes have share it, and what a strategy keeps of it. */
  #all: readonly Selection[] = [];

  constructor(
    private readonly service: string,
    private readonly cache: Pick<RegistryCache, "peek" | "changes">,
    strategy: Strategy,
    clock: Clock,
    ejection: EjectionRule | undefined,
  ) {
    this.#ejection = ejection && new Ejection(clock, ejection);
    this.#strategy = strategy;
    this.#learns = typeof strategy === "function" ? undefined : strategy;
  }

  /** {@link prepare} without a lookup, while the cache would answer as it did before; undefined otherwise. */
  prepared(options: SelectOptions): SelectNext | undefined {
    return this.#askedAt === this.cache.changes ? this.#nextOf(options) : undefined;
  }

  /**
   * Draws among what is known by then, `listed` or later: the same function for the same options.
   * It throws Unavailable (`selector.empty`) when the filters leave nothing. `latest`: the cache has said
   * this a moment ago.
   */
  prepare(listed: readonly ServiceRecord[], options: SelectOptions, latest: boolean): SelectNext {
    this.#listed = listed;
    if (latest) this.#askedAt = this.cache.changes;
    return this.#nextOf(options);
  }

  #nextOf(options: SelectOptions): SelectNext {
    if (options === this.#lastOptions && this.#lastNext) return this.#lastNext;
    const { labels, shardKey, filters, signal } = options;
    if (labels !== undefined) return this.#makeNext(this.#viewOf(options), options);
    const asked = this.#asked(options);
    if (shardKey !== undefined || filters !== undefined || signal !== undefined)
      return this.#makeNext(asked.view, options);
    this.#lastOptions = options;
    return (this.#lastNext = asked.next);
  }

  #asked(options: SelectOptions): Asked {
    const last = this.#lastAsked;
    if (last && asksFor(last, options)) return last;
    const { endpoint } = options;
    let asked = this.#askedOf.get(endpoint);
    if (asked === undefined || !asksFor(asked, options)) {
      const { shardKey: _key, filters: _filters, signal: _signal, ...shared } = options;
      const view = this.#viewOf(shared);
      asked = { ...shared, view, next: this.#makeNext(view, shared) };
      remember(this.#askedOf, endpoint, asked);
    }
    return (this.#lastAsked = asked);
  }

  #viewOf(options: SelectOptions): View {
    const key = filterKey(options);
    let view = this.#views.get(key);
    if (view === undefined) {
      const filtered = filterRecords([], options);
      view = { changes: -1, listed: undefined, filtered, candidates: [] };
      remember(this.#views, key, view);
    }
    return view;
  }

  #makeNext(view: View, options: SelectOptions): SelectNext {
    const { cache } = this;
    const ejection = this.#ejection;
    const strategy = this.#strategy;
    const ownFilters = options.filters !== undefined && options.filters.length > 0;
    return (exclude) => {
      if (view.changes !== cache.changes) this.#refresh(view, options);
      const all = view.candidates;
      // While nothing is held against any node; all else takes a closer look.
      if (all.length > 0 && ejection?.quiet !== false && !exclude?.size && !ownFilters)
        return chosenBy(strategy, all, options) ?? this.#choseNone(all);
      return this.#next(view, options, exclude);
    };
  }

  #refresh(view: View, options: SelectOptions): void {
    const latest = this.cache.peek(this.service);
    const records = latest?.length ? latest : this.#listed;
    if (records !== this.#records) this.#knows(records);
    if (records !== view.listed) {
      view.filtered = filterRecords(records, options);
      const left = view.filtered.records;
      view.candidates = left === records ? this.#all : toCandidates(left);
      view.listed = records;
    }
    view.changes = this.cache.changes;
  }

  #knows(records: readonly ServiceRecord[]): void {
    this.#records = records;
    this.#all = toCandidates(records);
    if (!this.#ejection && !this.#learns) return;
    const nodes = new Set<string>();
    for (const { node } of this.#all) nodes.add(node.id);
    this.#ejection?.retain(nodes);
    this.#learns?.retain(nodes);
  }

  #next(view: View, options: SelectOptions, exclude: ReadonlySet<string> | undefined): Selection {
    const candidates = this.#candidates(view, options);
    const available = this.#ejection?.available(candidates) ?? candidates;
    const choice = exclude?.size
      ? without(exclude, this.#ejection?.trusted(available) ?? [], available, candidates)
      : available;
    const drawn = chosenBy(this.#strategy, choice, options) ?? this.#choseNone(choice);
    this.#ejection?.drawn(drawn.node);
    return drawn;
  }

  #choseNone({ length }: readonly Selection[]): never {
    throw new RangeError(`the strategy chose none of ${length} nodes of ${this.service}`);
  }

  mark(node: ServiceNode, outcome: AttemptOutcome): void {
    this.#ejection?.mark(node, outcome);
    this.#learns?.mark(node, outcome);
  }

  reset(): void {
    this.#ejection?.reset();
    this.#learns?.reset();
  }

  #candidates(view: View, options: SelectOptions): readonly Selection[] {
    const { listed = [], filtered } = view;
    if (filtered.emptiedBy !== undefined) {
      const advice = options.protocols && otherProtocols(listed, options.protocols);
      throw this.#empty(listed, filtered.emptiedBy, advice);
    }
    if (!options.filters?.length) return view.candidates;
    let left = filtered.records;
    for (const filter of options.filters) left = filter(left);
    const candidates = toCandidates(left);
    if (candidates.length === 0) throw this.#empty(listed, "filters of the caller's own");
    return candidates;
  }

  #empty(records: readonly ServiceRecord[], filter: string, advice = ""): Unavailable {
    const nodes = toCandidates(records).length;
    return new Unavailable(
      `service ${this.service}: none of its ${nodes} nodes passes the filter: ${filter}${advice}`,
      { reason: "selector.empty", retry: "safe", data: { service: this.service, filter } },
    );
  }
}

const asksFor = (asked: Asked, { endpoint, version, protocols }: SelectOptions): boolean =>
  asked.endpoint === endpoint && asked.version === version && asked.protocols === protocols;

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= maxRemembered) map.clear();
  map.set(key, value);
}

/** The candidate that a strategy draws; undefined when it names none. */
const chosenBy = (
  strategy: Strategy,
  choice: readonly Selection[],
  options: SelectOptions,
): Selection | undefined =>
  choice[
    typeof strategy === "function" ? strategy(choice, options) : strategy.choose(choice, options)
  ];

/** What nodes speak, where none of them speaks what is asked for, and what to do about it; undefined otherwise. */
function otherProtocols(
  records: readonly ServiceRecord[],
  asked: readonly string[],
): string | undefined {
  const spoken = new Set(toCandidates(records).map(({ node }) => node.metadata["protocol"]));
  if (spoken.has(undefined) || asked.some((protocol) => spoken.has(protocol))) return undefined;
  return `. They speak ${[...spoken].join(", ")}: choose the client of that protocol, or serve ${asked.join(", ")} as well (plugins.server takes a list)`;
}

/**
 * What a further attempt is drawn from: nodes that nothing is held against, since nodes that failed together
 * come on trial together and no call should be the probe of two; else any that are not ejected, else any.
 */
function without(
  exclude: ReadonlySet<string>,
  trusted: readonly Selection[],
  available: readonly Selection[],
  candidates: readonly Selection[],
): readonly Selection[] {
  for (const list of [trusted, available, candidates]) {
    const left = list.filter(({ node }) => !exclude.has(node.id));
    if (left.length > 0) return left;
  }
  return available;
}
