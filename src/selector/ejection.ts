import type { Clock } from "../base/environment.js";
import { OptionError, requirePositive, requireWhole } from "../base/options.js";
import type { ServiceNode } from "../registry/registry.js";
import { blameOf } from "./blame.js";
import type { AttemptOutcome, Selection } from "./selector.js";

/** When a node that fails is left out, and for how long. */
export interface EjectionOptions {
  /** Milliseconds out after a failed connection, doubling each time. Default 1,000. */
  readonly connectionMs?: number;
  /** Milliseconds that this doubles to, at most. Default 30,000. */
  readonly longestConnectionMs?: number;
  /** Faults in a row that put a node out. Default 3 (go-micro's blacklist). */
  readonly faultsInRow?: number;
  /** Share of attempts that are faults which puts a node out, above 0 and up to 1. Default 0.5. */
  readonly faultRate?: number;
  /** Attempts before the share counts. Default 10. */
  readonly attempts?: number;
  /** Milliseconds, from a first fault on, over which it is taken. Default 10,000. */
  readonly windowMs?: number;
  /** Milliseconds out after faults. Default 30,000 (go-micro's blacklist). */
  readonly faultMs?: number;
}

/** {@link EjectionOptions} with nothing left out. */
export type EjectionRule = Required<EjectionOptions>;

/** Fills the defaults in. @throws OptionError for what makes no sense; `what` names it. */
export function ejectionRule(what: string, options: EjectionOptions = {}): EjectionRule {
  const {
    connectionMs = 1_000,
    longestConnectionMs = Math.max(30_000, connectionMs),
    faultsInRow = 3,
    faultRate = 0.5,
    attempts = 10,
    windowMs = 10_000,
    faultMs = 30_000,
  } = options;
  if (!(faultRate > 0 && faultRate <= 1))
    throw new OptionError(`${what}: faultRate must be above 0 and at most 1, got ${faultRate}`);
  return {
    connectionMs: requirePositive(`${what}: connectionMs`, connectionMs),
    longestConnectionMs: requirePositive(`${what}: longestConnectionMs`, longestConnectionMs),
    faultsInRow: requireWhole(`${what}: faultsInRow`, faultsInRow, 1),
    faultRate,
    attempts: requireWhole(`${what}: attempts`, attempts, 1),
    windowMs: requirePositive(`${what}: windowMs`, windowMs),
    faultMs: requirePositive(`${what}: faultMs`, faultMs),
  };
}

/** Milliseconds after which a probe that was never marked counts as not made. */
const probeMs = 30_000;

interface Suspect {
  /** Faults since the last success. */
  inRow: number;
  /** Attempts and faults of the window that began then. */
  windowFrom: number;
  attempts: number;
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
 * A node whose connection fails is out at once, for longer each time; one with some faults in a row,
 * or with too many of its attempts at fault, for a while after the latest. Then one request goes to it
 * as a probe, and the rest follow when that went well. Never is more than half of a list of
 * candidates out. Mistakes of callers count for nothing.
 */
export class Ejection {
  /** Nothing is held against any node, so that all may be drawn. */
  #quiet = true;
  readonly #suspects = new Map<string, Suspect>();
  #nodes: ReadonlySet<string> = new Set();
  /** The lists made since something changed, by the candidates that they were made of. */
  #views = new WeakMap<readonly Selection[], readonly Selection[]>();
  /** When time alone changes the lists next. */
  #changesAt = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly rule: EjectionRule,
  ) {}

  /** Whether nothing is held against any node: all may be drawn, and `drawn` needs not be told. */
  get quiet(): boolean {
    return this.#quiet;
  }

  /** Forgets nodes that are gone. Only nodes named here are remembered. */
  retain(nodes: ReadonlySet<string>): void {
    this.#nodes = nodes;
    for (const id of this.#suspects.keys()) if (!nodes.has(id)) this.#suspects.delete(id);
    this.#changed();
  }

  /** The candidates that may be drawn: the same array until that changes. */
  available(candidates: readonly Selection[]): readonly Selection[] {
    if (this.#quiet) return candidates;
    if (this.clock.monotonic() >= this.#changesAt) this.#changed();
    let view = this.#views.get(candidates);
    if (view === undefined) this.#views.set(candidates, (view = this.#without(candidates)));
    return view;
  }

  /** Those of the candidates that are neither out nor on trial. */
  trusted(candidates: readonly Selection[]): readonly Selection[] {
    return candidates.filter(({ node }) => this.#suspects.get(node.id)?.until === undefined);
  }

  /** Tells that a node was drawn, which makes it a probe if the node is on trial. */
  drawn({ id }: ServiceNode): void {
    if (this.#quiet) return;
    const suspect = this.#suspects.get(id);
    if (suspect?.until === undefined) return;
    const now = this.clock.monotonic();
    if (suspect.until > now || suspect.probeUntil > now) return;
    suspect.probeUntil = now + probeMs;
    this.#changed();
  }

  /** Takes in how an attempt ended. */
  mark(node: ServiceNode, { error }: AttemptOutcome): void {
    if (error === undefined && this.#quiet) return;
    const { id } = node;
    const blame = blameOf(error);
    const known = this.#suspects.get(id);
    if (blame === "connection" || blame === "node") {
      if (!this.#nodes.has(id)) return;
      const now = this.clock.monotonic();
      const suspect = known ?? newSuspect(now);
      if (!known) this.#suspects.set(id, suspect);
      this.#accuse(suspect, blame, now);
    } else if (known) this.#acquit(id, known, blame);
  }

  /** Forgets all that was marked. */
  reset(): void {
    this.#suspects.clear();
    this.#changed();
  }

  #accuse(suspect: Suspect, blame: "connection" | "node", now: number): void {
    const { rule } = this;
    const out = suspect.until !== undefined && suspect.until > now;
    suspect.probeUntil = 0;
    let ms = 0;
    if (blame === "connection") {
      if (!out)
        ms = Math.min(
          rule.longestConnectionMs,
          rule.connectionMs * 2 ** Math.min(suspect.losses++, 20),
        );
    } else {
      if (now - suspect.windowFrom > rule.windowMs) newWindow(suspect, now);
      suspect.attempts++;
      suspect.faults++;
      const often =
        suspect.attempts >= rule.attempts && suspect.faults >= rule.faultRate * suspect.attempts;
      if (++suspect.inRow >= rule.faultsInRow || often) ms = rule.faultMs;
      // A probe that fails sends the node back for a while, whatever the reason.
      else if (suspect.until !== undefined && !out) ms = rule.connectionMs;
    }
    if (ms > 0) suspect.until = Math.max(suspect.until ?? 0, now + ms);
    this.#changed();
  }

  /** An answer, even "bad request", proves the node on trial; a cancelled probe proves nothing. */
  #acquit(id: string, suspect: Suspect, blame: "none" | "caller" | "unknown"): void {
    const probe = suspect.probeUntil > 0;
    if (blame === "unknown" || (blame === "caller" && !probe)) {
      if (!probe) return;
      suspect.probeUntil = 0;
      this.#changed();
    } else if (suspect.until !== undefined) {
      this.#suspects.delete(id);
      this.#changed();
    } else {
      suspect.inRow = suspect.losses = 0;
      suspect.attempts++;
      if (this.clock.monotonic() - suspect.windowFrom <= this.rule.windowMs) return;
      this.#suspects.delete(id);
      this.#quiet = this.#suspects.size === 0;
    }
  }

  #changed(): void {
    this.#views = new WeakMap();
    this.#quiet = this.#suspects.size === 0;
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

const newSuspect = (now: number): Suspect => ({
  inRow: 0,
  windowFrom: now,
  attempts: 0,
  faults: 0,
  losses: 0,
  until: undefined,
  probeUntil: 0,
});

function newWindow(suspect: Suspect, now: number): void {
  suspect.windowFrom = now;
  suspect.attempts = suspect.faults = 0;
}
