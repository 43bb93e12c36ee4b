import { failed, latencies, reasons } from "../report/call-figures.js";
import {
  held,
  milliseconds,
  none,
  percent,
  told,
  whole,
  within,
  type Figure,
} from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import type { Ground } from "../support/ground.js";
import { now } from "../support/now.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";

const callsPerSecond = 500;
const paceMs = 20;
const times = 100;
const slowMs = 20_000;
const mostOfCalls = 0.01;

/** A node works, and takes its time. */
export const slowNode: Scenario = {
  name: "slow-node",
  title: `A node ${times} times slower`,
  about: `One of ten nodes takes ${(paceMs * times) / 1_000} s for what takes the others ${paceMs} ms, for ${slowMs / 1_000} s, under ${whole(callsPerSecond)} calls/s.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: slowNode.name, paceMs });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const began = now();
  const before = await world.figures(loadedAt + 1_000, began);
  ground.progress(`${slowNode.name}: one node is slow for ${slowMs / 1_000} s`);
  const slow = world.nodes[0]!;
  await slow.program.ask("pace", paceMs * times);
  await world.pause(slowMs);
  const endedAt = now();
  await slow.program.ask("pace", paceMs);
  await world.pause(15_000);
  const settled = await world.settle();
  const during = await world.figures(began, endedAt);
  const after = await world.figures(endedAt);
  const share = (during.byNode[slow.id] ?? 0) / during.calls;
  return [
    told("calls", whole(during.calls)),
    none("failed calls", failed(during) + failed(after)),
    told("failures", reasons(during)),
    held(
      "calls that went to it",
      percent(share),
      `≤ ${percent(mostOfCalls)}`,
      share <= mostOfCalls,
    ),
    told("calls that go to it afterwards", percent((after.byNode[slow.id] ?? 0) / after.calls)),
    told("longest call", milliseconds(during.longestMs)),
    ...latencies(before, during),
    within("p99 meanwhile, a tenth of what it takes", during.p99Ms, (paceMs * times) / 10),
    ...settledFigures(settled),
  ];
}
