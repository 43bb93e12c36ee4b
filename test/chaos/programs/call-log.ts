/** How calls of one kind ended: on which node, or why not. */
export interface Fate {
  readonly idempotent: boolean;
  /** The node that has answered. */
  readonly node?: string;
  /** Why it failed: the error's reason, or `untyped: ...` for what is no error of the framework. */
  readonly reason?: string;
}

/** Failed calls that are alike. */
export interface FailureCount {
  readonly reason: string;
  readonly idempotent: boolean;
  readonly count: number;
  readonly longestMs: number;
}

/** What is known of the calls that were begun in a span of time. */
export interface CallFigures {
  readonly calls: number;
  readonly failures: readonly FailureCount[];
  readonly longestMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Calls that each node has answered. */
  readonly byNode: Readonly<Record<string, number>>;
}

/** Every call with its beginning, its length and its fate. Times are milliseconds since the epoch. */
export class CallLog {
  readonly #fates: Fate[] = [];
  readonly #numbers = new Map<string, number>();
  #size = 0;
  #begunAt = new Float64Array(65_536);
  #tookMs = new Float64Array(65_536);
  #fate = new Uint16Array(65_536);

  get size(): number {
    return this.#size;
  }

  add(begunAt: number, tookMs: number, fate: Fate): void {
    if (this.#size === this.#fate.length) this.#grow();
    const at = this.#size++;
    this.#begunAt[at] = begunAt;
    this.#tookMs[at] = tookMs;
    this.#fate[at] = this.#numberOf(fate);
  }

  /** Of the calls begun at `from` or later, and before `to`. */
  figures(from: number, to: number): CallFigures {
    const byNode: Record<string, number> = {};
    const failures = new Map<Fate, { count: number; longestMs: number }>();
    const lengths: number[] = [];
    for (let at = 0; at < this.#size; at++) {
      if (this.#begunAt[at]! < from || this.#begunAt[at]! >= to) continue;
      const fate = this.#fates[this.#fate[at]!]!;
      const tookMs = this.#tookMs[at]!;
      lengths.push(tookMs);
      if (fate.node !== undefined) byNode[fate.node] = (byNode[fate.node] ?? 0) + 1;
      else {
        const known = failures.get(fate) ?? { count: 0, longestMs: 0 };
        failures.set(fate, {
          count: known.count + 1,
          longestMs: Math.max(known.longestMs, tookMs),
        });
      }
    }
    const sorted = Float64Array.from(lengths).sort();
    const quantile = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    return {
      calls: sorted.length,
      failures: [...failures].map(([{ reason = "", idempotent }, counts]) => ({
        reason,
        idempotent,
        ...counts,
      })),
      longestMs: sorted.at(-1) ?? 0,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      byNode,
    };
  }

  /**
   * Milliseconds from `since` on after which no call was begun that failed, and each of the nodes had
   * been given one that it answered; undefined if one of them never was.
   */
  rightAgainMs(since: number, nodes: readonly string[]): number | undefined {
    let at = since;
    const missing = new Map(nodes.map((node) => [node, Number.POSITIVE_INFINITY]));
    for (let call = 0; call < this.#size; call++) {
      const begunAt = this.#begunAt[call]!;
      if (begunAt < since) continue;
      const { node } = this.#fates[this.#fate[call]!]!;
      if (node === undefined) at = Math.max(at, begunAt);
      else if (begunAt < (missing.get(node) ?? 0)) missing.set(node, begunAt);
    }
    for (const first of missing.values()) at = Math.max(at, first);
    return at === Number.POSITIVE_INFINITY ? undefined : at - since;
  }

  #numberOf(fate: Fate): number {
    const key = JSON.stringify([fate.idempotent, fate.node, fate.reason]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#fates.push(fate) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #grow(): void {
    const begunAt = new Float64Array(this.#size * 2);
    const tookMs = new Float64Array(this.#size * 2);
    const fate = new Uint16Array(this.#size * 2);
    begunAt.set(this.#begunAt);
    tookMs.set(this.#tookMs);
    fate.set(this.#fate);
    [this.#begunAt, this.#tookMs, this.#fate] = [begunAt, tookMs, fate];
  }
}
