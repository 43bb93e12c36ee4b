import type { Clock } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { ServiceNode, ServiceRecord } from "../registry/registry.js";
import { Ejection, type EjectionRule } from "./ejection.js";
import { filterKey, filterRecords, toCandidates, type Filtered } from "./filter-records.js";
import type { AttemptOutcome, Selection, SelectNext, SelectOptions } from "./selector.js";
import { Remembered } from "./remembered.js";
import type { LearningStrategy, Strategy } from "./strategy.js";

/** Ways to filter that are remembered for one state of a service. */
const maxRemembered = 256;

/** The draws of one service: filters, ejection, strategy. */
export class ServiceDraw {
  /** How to draw, by the options asked with: callers that ask alike mostly pass the same object. */
  readonly #nextOf = new Remembered((options: SelectOptions) => this.#makeNext(options));
  /** The cache's `changes` when it was last asked for the service, and had an answer. */
  #askedAt = -1;
  /** What the last lookup found, for when the cache has made room since. */
  #listed: readonly ServiceRecord[] = [];
  readonly #ejection: Ejection | undefined;
  readonly #strategy: Strategy;
  readonly #learns: LearningStrategy | undefined;
  #records: readonly ServiceRecord[] | undefined;
  readonly #filtered = new Map<string, Filtered>();

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
    return this.#askedAt === this.cache.changes ? this.#nextOf.of(options) : undefined;
  }

  /**
   * Draws among what is known by then, `listed` or later: the same function for the same options.
   * It throws Unavailable (`selector.empty`) when the filters leave nothing. `latest`: the cache has said
   * this a moment ago.
   */
  prepare(listed: readonly ServiceRecord[], options: SelectOptions, latest: boolean): SelectNext {
    this.#listed = listed;
    if (latest) this.#askedAt = this.cache.changes;
    return this.#nextOf.of(options);
  }

  #makeNext(options: SelectOptions): SelectNext {
    const { cache } = this;
    const ejection = this.#ejection;
    const strategy = this.#strategy;
    let changes = -1;
    let listed: readonly ServiceRecord[] = [];
    let filtered: Filtered | undefined;
    /** What is drawn from while nothing is held against any node; none when it takes a closer look. */
    let all: readonly Selection[] = [];
    return (exclude) => {
      if (changes !== cache.changes || filtered === undefined) {
        const latest = cache.peek(this.service);
        const records = latest?.length ? latest : this.#listed;
        if (records !== listed || filtered === undefined) {
          filtered = this.#filter(records, options);
          all = options.filters?.length ? [] : filtered.candidates;
        }
        listed = records;
        changes = cache.changes;
      }
      if (all.length === 0 || ejection?.quiet === false || exclude?.size)
        return this.#next(listed, filtered, options, exclude);
      return chosenBy(strategy, all, options) ?? this.#choseNone(all);
    };
  }

  #next(
    records: readonly ServiceRecord[],
    filtered: Filtered,
    options: SelectOptions,
    exclude: ReadonlySet<string> | undefined,
  ): Selection {
    const candidates = this.#candidates(records, filtered, options);
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

  #candidates(
    records: readonly ServiceRecord[],
    filtered: Filtered,
    options: SelectOptions,
  ): readonly Selection[] {
    if (filtered.emptiedBy !== undefined) {
      const advice = options.protocols && otherProtocols(records, options.protocols);
      throw this.#empty(records, filtered.emptiedBy, advice);
    }
    if (!options.filters?.length) return filtered.candidates;
    let left = filtered.records;
    for (const filter of options.filters) left = filter(left);
    const candidates = toCandidates(left);
    if (candidates.length === 0) throw this.#empty(records, "filters of the caller's own");
    return candidates;
  }

  #filter(records: readonly ServiceRecord[], options: SelectOptions): Filtered {
    if (records !== this.#records) {
      this.#records = records;
      this.#filtered.clear();
      if (this.#ejection ?? this.#learns) {
        const nodes = new Set(toCandidates(records).map(({ node }) => node.id));
        this.#ejection?.retain(nodes);
        this.#learns?.retain(nodes);
      }
    }
    const key = filterKey(options);
    let filtered = this.#filtered.get(key);
    if (filtered === undefined) {
      if (this.#filtered.size >= maxRemembered) this.#filtered.clear();
      this.#filtered.set(key, (filtered = filterRecords(records, options)));
    }
    return filtered;
  }

  #empty(records: readonly ServiceRecord[], filter: string, advice = ""): Unavailable {
    const nodes = toCandidates(records).length;
    return new Unavailable(
      `service ${this.service}: none of its ${nodes} nodes passes the filter: ${filter}${advice}`,
      { reason: "selector.empty", retry: "safe", data: { service: this.service, filter } },
    );
  }
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
