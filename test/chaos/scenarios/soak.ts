import type { CallFigures } from "../programs/call-log.js";
import type { MemoryUse } from "../programs/memory-use.js";
import { failed, reasons } from "../report/call-figures.js";
import { held, mebibytes, milliseconds, none, told, whole, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import type { Ground } from "../support/ground.js";
import { memoryOfNodes } from "../support/memory-of-nodes.js";
import { now } from "../support/now.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";
import { courseOf, type Course, type SoakSample } from "./soak-samples.js";

const callsPerSecond = 500;
const eventsPerSecond = 10;
const nodes = 4;
const hourMs = 3_600_000;
/** Share of the time that is left out at the beginning: what is compiled and filled then is no leak. */
const warmUp = 0.1;
const mostGrowth = 0.05;
const mostLatency = 1.5;
/** Pools open a connection more when the machine is busy; one lost a minute would be sixty. */
const mostSockets = 4;

/** Nothing bad happens, for a long time. */
export const soak = (minutes: number): Scenario => ({
  name: "soak",
  title: `${minutes} minutes at moderate load`,
  about: `${nodes} nodes, ${whole(callsPerSecond)} calls/s, ${eventsPerSecond} events/s through each broker. Heaps are measured after collection. Compared are medians of the first and the last quarter of the samples, the first tenth of the time left out; slopes are those of the line through all of them.`,
  run: (ground) => run(ground, minutes * 60_000),
});

async function run(ground: Ground, wholeMs: number): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: "soak", nodes });
  const sampleMs = Math.min(60_000, Math.max(5_000, wholeMs / 60));
  const began = now();
  const samples: SoakSample[] = [];
  const failures: CallFigures[] = [];
  let calls = 0;
  await world.load(callsPerSecond, eventsPerSecond);
  for (let due = began + sampleMs; due <= began + wholeMs; due += sampleMs) {
    await world.pause(Math.max(0, due - now()));
    const sample = await look(world, began);
    calls += sample.calls.calls;
    if (sample.calls.failures.length > 0) failures.push(sample.calls);
    if (now() - began > wholeMs * warmUp) samples.push(sample);
    ground.progress(lineOf(sample));
  }
  const settled = await world.settle();
  return [
    told("minutes", ((now() - began) / 60_000).toFixed(1)),
    told("calls", whole(calls)),
    none(
      "failed calls",
      failures.reduce((sum, each) => sum + failed(each), 0),
    ),
    told("failures", failures.map(reasons).join(", ") || "none"),
    ...flat(samples),
    ...settledFigures(settled),
  ];
}

async function look(world: World, began: number): Promise<SoakSample> {
  const at = now();
  const calls = await world.figures(0);
  await world.caller.ask("forget");
  const caller = await world.caller.ask<MemoryUse>("memory");
  return { hours: (at - began) / hourMs, calls, caller, nodes: await memoryOfNodes(world) };
}

function flat(samples: readonly SoakSample[]): readonly Figure[] {
  const course = (of: (sample: SoakSample) => number): Course => courseOf(samples, of);
  const bytes = (what: string, of: (sample: SoakSample) => number): Figure =>
    grown(what, course(of), mebibytes);
  const counts = (what: string, of: (sample: SoakSample) => number): Figure => {
    const { first, last, perHour } = course(of);
    const text = `${first} → ${last}, ${perHour.toFixed(1)} an hour`;
    return held(what, text, `≤ ${mostSockets} more`, last <= first + mostSockets);
  };
  const latency = (what: string, of: (sample: SoakSample) => number): Figure => {
    const { first, last, perHour } = course(of);
    const text = `${milliseconds(first)} → ${milliseconds(last)}, ${perHour.toFixed(2)} ms an hour`;
    return held(what, text, `≤ ${mostLatency} times`, last <= first * mostLatency);
  };
  return [
    told("samples", whole(samples.length)),
    bytes("heap of the caller", ({ caller }) => caller.heapBytes),
    bytes("heap of the nodes", (sample) => sample.nodes.heapBytes),
    bytes("memory of the caller (RSS)", ({ caller }) => caller.rssBytes),
    bytes("memory of the nodes (RSS)", (sample) => sample.nodes.rssBytes),
    counts("open sockets of the caller", ({ caller }) => caller.sockets),
    counts("open sockets of the nodes", (sample) => sample.nodes.sockets),
    latency("p50 of a call", (sample) => sample.calls.p50Ms),
    latency("p99 of a call", (sample) => sample.calls.p99Ms),
  ];
}

function grown(
  what: string,
  { first, last, perHour }: Course,
  print: (value: number) => string,
): Figure {
  const text = `${print(first)} → ${print(last)}, ${print(perHour)} an hour`;
  return held(what, text, `≤ ${mostGrowth * 100} % more`, last <= first * (1 + mostGrowth));
}

const lineOf = ({ hours, calls, caller, nodes: those }: SoakSample): string =>
  `soak: ${(hours * 60).toFixed(1)} min; p50 ${milliseconds(calls.p50Ms)}, p99 ${milliseconds(calls.p99Ms)}; heap ${mebibytes(caller.heapBytes)} caller, ${mebibytes(those.heapBytes)} nodes; RSS ${mebibytes(caller.rssBytes)}, ${mebibytes(those.rssBytes)}; sockets ${caller.sockets}, ${those.sockets}; handles ${caller.handles}, ${those.handles}; ${whole(failed(calls))} failed`;
