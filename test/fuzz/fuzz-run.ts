import { openArena } from "./attack/arena.js";
import { noAttack, sum, type AttackReport } from "./attack/attack-report.js";
import { Inputs } from "./attack/inputs.js";
import type { Finding } from "./finding.js";
import type { FuzzProtocol } from "./fuzz-protocols.js";
import type { Child } from "./targets/start-child.js";
import type { Measure, Tally } from "./targets/child-messages.js";

/** How a protocol is fuzzed. */
export interface FuzzRunOptions {
  readonly protocol: FuzzProtocol;
  readonly seed: number;
  readonly inputs: number;
  /** Index of the first input. Default 0. */
  readonly from?: number;
  /** Past the system's sockets, which is faster: the process attacks itself. Default false. */
  readonly memory?: boolean;
  /** Connections at once. Default 24. */
  readonly lanes?: number;
  /** Milliseconds after which no further inputs are sent. Default: as long as it takes. */
  readonly mostMs?: number;
  /** Says how far it is, every few seconds. */
  readonly progress?: (done: number) => void;
}

/** What a run came to. */
export interface FuzzResult {
  readonly findings: readonly Finding[];
  readonly attack: AttackReport;
  readonly seconds: number;
  /** Of the process under fire, before and after, garbage collected. */
  readonly before: Measure | undefined;
  readonly after: Measure | undefined;
  /** Largest resident set that was seen. */
  readonly peakRssBytes: number;
  /** The honest caller's calls, those of them that failed, and the slowest in milliseconds. */
  readonly witness: { readonly calls: number; readonly failed: number; readonly worstMs: number };
}

const mebi = 1_048_576;
/** Milliseconds between two looks at the process under fire. */
const watchMs = 5_000;
/** Bytes that a process may hold more after a run than before it. */
const mostMoreHeld = 16 * mebi;
/** The same for its resident set, which the allocator gives back late, and at any time during the run. */
const mostMoreRss = 256 * mebi;
const mostPeakRss = 768 * mebi;
/** Connections that may be left: those of the honest caller. */
const mostLeft = 8;
/** Timers that may be left: deadlines of equal length share one, of which 1,024 may be empty. */
const mostTimers = 1_040;

/** Polls until the process is as idle as before, or half a minute has gone. */
async function settled(target: Child, before: Measure): Promise<Measure | undefined> {
  for (let attempt = 0; ; attempt++) {
    const now = await target.measure();
    if (!now || attempt >= 60) return now;
    if (
      now.connections <= before.connections + mostLeft &&
      now.timers <= before.timers + mostTimers
    )
      return now;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function judge(before: Measure, after: Measure, peakRssBytes: number): Finding[] {
  const findings: Finding[] = [];
  const size = (bytes: number): string => `${(bytes / mebi).toFixed(1)} MiB`;
  if (after.heldBytes > before.heldBytes + mostMoreHeld)
    findings.push({
      kind: "memory",
      text: `held ${size(before.heldBytes)} before, ${size(after.heldBytes)} after`,
    });
  if (after.rssBytes > before.rssBytes + mostMoreRss || peakRssBytes > mostPeakRss)
    findings.push({
      kind: "memory",
      text: `resident ${size(before.rssBytes)} before, ${size(after.rssBytes)} after, ${size(peakRssBytes)} at most`,
    });
  if (after.connections > before.connections + mostLeft)
    findings.push({
      kind: "connections",
      text: `${before.connections} open before, ${after.connections} after`,
    });
  if (after.timers > before.timers + mostTimers)
    findings.push({
      kind: "connections",
      text: `${before.timers} timers before, ${after.timers} after`,
    });
  for (const [line, times] of after.errors)
    findings.push({ kind: "internal error", text: `${times} times: ${line}` });
  return findings;
}

/** Fuzzes one protocol: a process under fire, an honest side in another, and the attacker here. */
export async function fuzzRun(options: FuzzRunOptions): Promise<FuzzResult> {
  const { protocol, seed, inputs: count, from = 0, lanes = 24, mostMs, progress } = options;
  const arena = await openArena(protocol, seed, lanes, options.memory ?? false);
  const { target, witness } = arena;
  const findings: Finding[] = [];
  const attackWith = async (inputs: Inputs): Promise<AttackReport> => {
    target.onDeath(() => inputs.stop());
    const report = await arena.attack(inputs);
    await target.measure(); // news of its end comes later than that of its connections
    if (target.death !== undefined)
      findings.push({ kind: "died", text: target.death, suspects: inputs.suspects });
    return report;
  };
  try {
    const began = performance.now();
    // Code that was never run and buffers that were never needed are no leaks.
    const warmUp = Math.min(Math.ceil(count / 20), 500);
    const first = await attackWith(new Inputs(from, from + warmUp));
    const before = await target.measure();
    const inputs = new Inputs(from + warmUp, from + count);
    const watch = setInterval(() => {
      progress?.(first.inputs + inputs.done);
      void target.measure().then((measure) => {
        if (measure || target.death !== undefined) return;
        findings.push({ kind: "stuck", text: "no word for 10 s", suspects: inputs.suspects });
        inputs.stop();
        target.giveUp();
      });
    }, watchMs);
    const enough = mostMs === undefined ? undefined : setTimeout(() => inputs.stop(), mostMs);
    const rest = findings.length === 0 ? await attackWith(inputs) : noAttack;
    clearInterval(watch);
    clearTimeout(enough);
    const seconds = (performance.now() - began) / 1_000;
    const after = before && (await settled(target, before));
    const peakRssBytes = target.peakRssBytes();
    if (before && after) findings.push(...judge(before, after, peakRssBytes));
    if (target.death === undefined) await servedAgain(witness);
    const heard = (await witness.measure())?.tally;
    // Once the server is dead nobody is served, which is told already.
    if (target.death === undefined) findings.push(...testimony(heard, witness.death));
    return {
      findings,
      attack: sum(first, rest),
      seconds,
      before,
      after,
      peakRssBytes,
      witness: heard ?? { calls: 0, failed: 0, worstMs: 0 },
    };
  } finally {
    await arena.close();
  }
}

/** Waits until a call that the honest side has begun after the attack has ended, well or badly, or half a minute has gone. */
async function servedAgain(witness: Child): Promise<void> {
  const calls = async (): Promise<number> => (await witness.measure())?.tally?.calls ?? Infinity;
  // The first to end may have been under way.
  const wanted = (await calls()) + 2;
  for (let attempt = 0; attempt < 60 && (await calls()) < wanted; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 500));
}

function testimony(heard: Tally | undefined, death: string | undefined): Finding[] {
  if (!heard || heard.calls === 0)
    return [{ kind: "witness", text: death ?? "no honest call was made" }];
  return heard.faults.map((text) => ({ kind: "witness", text }));
}
