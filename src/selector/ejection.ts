import type { Clock } from "../base/environment.js";
import type { ServiceNode } from "../registry/registry.js";
import { blameOf } from "./blame.js";
import type { AttemptOutcome, Selection } from "./selector.js";

/** Milliseconds out after a failed connection: the first time, and at most. */
const shortestMs = 1_000;
const longestMs = 30_000;
/** Errors in a row, and milliseconds out after them (go-micro's blacklist selector). */
const faultsAllowed = 3;
const faultMs = 30_000;
/** Milliseconds after which a probe that was never marked counts as not made. */
const probeMs = 30_000;

interface Suspect {
  /** Faults since the last success. */
  faults: number;
  /** Failed connections since the last success, those while out not counted. */
  losses: number;
  /** Out until then; in the past while on trial; undefined while still trusted. */
  until: number | undefined;
  /** A probe is under way until then at most. */
  probeUntil: number;
}

/**
 * Keeps the nodes of one service that fail out of the draw, learning from `mark` alone.
 *
 * A node whose connection fails is out for 1 s, doubling to 30 s; one with three faults in a row for
 * 30 s after the latest. Then one request goes to it as a probe, and the rest follow when that went
 * well. Never is more than half of a list of candidates out.
 */
export class Ejection {
  readonly #suspects = new Map<string, Suspect>();
  #nodes: ReadonlySet<string> = new Set();
  /** The lists made since something changed, by the candidates that they were made of. */
  #views = new WeakMap<readonly Selection[], readonly Selection[]>();
  /** When time alone changes the lists next. */
  #changesAt = Infinity;

  constructor(private readonly clock: Clock) {}

  /** Forgets nodes that are gone. Only nodes named here are remembered. */
  retain(nodes: ReadonlySet<string>): void {
    this.#nodes = nodes;
    for (const id of this.#suspects.keys()) if (!nodes.has(id)) this.#suspects.delete(id);
    this.#changed();
  }

  /** The candidates that may be drawn: the same array until that changes. */
  available(candidates: readonly Selection[]): readonly Selection[] {
    if (this.#suspects.size === 0) return candidates;
    if (this.clock.monotonic() >= this.#changesAt) this.#changed();
    let view = this.#views.get(candidates);
    if (view === undefined) this.#views.set(candidates, (view = this.#without(candidates)));
    return view;
  }

  /** Tells that a node was drawn, which makes it a probe if the node is on trial. */
  drawn({ id }: ServiceNode): void {
    const suspect = this.#suspects.get(id);
    if (suspect?.until === undefined) return;
    const now = this.clock.monotonic();
    if (suspect.until > now || suspect.probeUntil > now) return;
    suspect.probeUntil = now + probeMs;
    this.#changed();
  }

  /** Takes in how an attempt ended. */
  mark({ id }: ServiceNode, { error }: AttemptOutcome): void {
    if (error === undefined && this.#suspects.size === 0) return;
    const blame = blameOf(error);
    const known = this.#suspects.get(id);
    if (blame === "connection" || blame === "node") {
      if (!this.#nodes.has(id)) return;
      const suspect = known ?? { faults: 0, losses: 0, until: undefined, probeUntil: 0 };
      this.#suspects.set(id, suspect);
      this.#accuse(suspect, blame);
    } else {
      if (known === undefined) return;
      // An answer, even "bad request", proves the node on trial; a cancelled probe proves nothing.
      if (blame === "none" || (blame === "caller" && known.probeUntil > 0))
        this.#suspects.delete(id);
      else if (known.probeUntil > 0) known.probeUntil = 0;
      else return;
    }
    this.#changed();
  }

  /** Forgets all that was marked. */
  reset(): void {
    this.#suspects.clear();
    this.#changed();
  }

  #accuse(suspect: Suspect, blame: "connection" | "node"): void {
    const now = this.clock.monotonic();
    const out = suspect.until !== undefined && suspect.until > now;
    suspect.probeUntil = 0;
    let ms = 0;
    if (blame === "connection" && !out)
      ms = Math.min(longestMs, shortestMs * 2 ** Math.min(suspect.losses++, 10));
    if (blame === "node" && ++suspect.faults >= faultsAllowed) ms = faultMs;
    // A probe that fails sends the node back for a while, whatever the reason.
    else if (blame === "node" && suspect.until !== undefined && !out) ms = shortestMs;
    if (ms > 0) suspect.until = Math.max(suspect.until ?? 0, now + ms);
  }

  #changed(): void {
    this.#views = new WeakMap();
    const now = this.clock.monotonic();
    this.#changesAt = Infinity;
    for (const { until, probeUntil } of this.#suspects.values())
      for (const time of [until, probeUntil])
        if (time !== undefined && time > now) this.#changesAt = Math.min(this.#changesAt, time);
  }

  #without(candidates: readonly Selection[]): readonly Selection[] {
    const now = this.clock.monotonic();
    const out: { readonly id: string; readonly until: number }[] = [];
    for (const { node } of candidates) {
      const suspect = this.#suspects.get(node.id);
      if (suspect?.until === undefined) continue;
      const until = Math.max(suspect.until, suspect.probeUntil);
      if (until > now) out.push({ id: node.id, until });
    }
    if (out.length === 0) return candidates;
    // The half that has longest to wait stays out; the others were out for longest already.
    out.sort((left, right) => right.until - left.until);
    const ids = new Set(out.slice(0, Math.floor(candidates.length / 2)).map(({ id }) => id));
    return candidates.filter(({ node }) => !ids.has(node.id));
  }
}
