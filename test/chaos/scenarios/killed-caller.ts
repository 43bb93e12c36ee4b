import { failed, reasons } from "../report/call-figures.js";
import { held, mebibytes, none, told, whole, within, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import type { StreamCounts } from "../programs/stream-ledger.js";
import type { Ground } from "../support/ground.js";
import { memoryOfNodes } from "../support/memory-of-nodes.js";
import { now } from "../support/now.js";
import { loopback } from "../support/place.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";

const callsPerSecond = 300;
const nodes = 5;
/** Streams of each of the three shapes. */
const each = 50;
const warmUp = 3;
const rounds = 10;
const mostGrowth = 0.05;

/** A client goes away in the middle of its streams. */
export const killedCaller: Scenario = {
  name: "killed-caller",
  title: "A client killed in the middle of its streams",
  about: `A client with ${each} streams of each shape (from the server, from the client, both ways) on ${nodes} nodes gets SIGKILL, ${rounds} times after ${warmUp} to warm up. What nodes hold is measured before the ${rounds} and after them, the heap after collection.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: killedCaller.name, nodes });
  const began = now();
  await world.load(callsPerSecond);
  for (let round = 0; round < warmUp; round++) await killOne(world, round);
  await world.pause(1_000);
  const before = await memoryOfNodes(world);
  let longestMs = 0;
  let streams = 0;
  for (let round = 0; round < rounds; round++) {
    ground.progress(`${killedCaller.name}: round ${round + 1} of ${rounds}`);
    const outcome = await killOne(world, warmUp + round);
    longestMs = Math.max(longestMs, outcome.endedMs);
    streams += outcome.streams;
  }
  await world.pause(1_000);
  const left = (await countsOf(world)).reduce((sum, { open }) => sum + open, 0);
  const after = await memoryOfNodes(world);
  const settled = await world.settle();
  const calls = await world.figures(began);
  const growth = after.heapBytes / before.heapBytes - 1;
  return [
    told("streams broken off", whole(streams)),
    within("until the last handler had ended", longestMs, 1_000),
    none("handlers that never ended", left),
    held(
      "open sockets of the nodes, before → after",
      `${before.sockets} → ${after.sockets}`,
      "none more",
      after.sockets <= before.sockets,
    ),
    told("handles of the nodes, timers included", `${before.handles} → ${after.handles}`),
    held(
      "heap of the nodes, before → after",
      `${mebibytes(before.heapBytes)} → ${mebibytes(after.heapBytes)}`,
      `≤ ${mostGrowth * 100} % more`,
      growth <= mostGrowth,
    ),
    told(
      "memory of the nodes (RSS)",
      `${mebibytes(before.rssBytes)} → ${mebibytes(after.rssBytes)}`,
    ),
    told("calls of another caller meanwhile", whole(calls.calls)),
    none("failed calls of the other caller", failed(calls)),
    told("failures", reasons(calls)),
    ...settledFigures(settled),
  ];
}

/** Starts a client, kills it once all its streams flow, and waits for their handlers to end. */
async function killOne(
  world: World,
  round: number,
): Promise<{ readonly endedMs: number; readonly streams: number }> {
  const streamer = await world.start(`streamer${round}`, "streamer", loopback, {
    CHAOS_STREAMS: String(each),
  });
  const streams = each * 3;
  const openOf = (counts: readonly StreamCounts[]): number =>
    counts.reduce((sum, { open }) => sum + open, 0);
  await until(world, async () => openOf(await countsOf(world)) === streams);
  const killedAt = now();
  await streamer.kill();
  await until(world, async () => openOf(await countsOf(world)) === 0);
  const lastEndAt = Math.max(...(await countsOf(world)).map((counts) => counts.lastEndAt));
  return { endedMs: lastEndAt - killedAt, streams };
}

/** Looks again and again, for 10 s at most; what is not so by then, the figures tell. */
async function until(world: World, check: () => Promise<boolean>): Promise<void> {
  const end = now() + 10_000;
  while (!(await check()) && now() < end) await world.pause(50);
}

const countsOf = (world: World): Promise<readonly StreamCounts[]> =>
  Promise.all(world.nodes.map(({ program }) => program.ask<StreamCounts>("streams")));
