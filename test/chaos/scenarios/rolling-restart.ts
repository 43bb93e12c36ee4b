import { failed, latencies, reasons } from "../report/call-figures.js";
import { held, milliseconds, none, told, whole, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import { now } from "../support/now.js";
import type { Ground } from "../support/ground.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";

const callsPerSecond = 1_500;
const leastCalls = 200_000;

/** Each node in turn drains, ends and comes back, over and over. */
export const rollingRestart: Scenario = {
  name: "rolling-restart",
  title: "Rolling restart of 10 nodes",
  about: `One node after the other gets SIGTERM, drains, ends, and is started anew, round after round, under ${whole(callsPerSecond)} calls/s.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: rollingRestart.name });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const began = now();
  const before = await world.figures(loadedAt + 1_000, began);
  let restarts = 0;
  let longestDrainMs = 0;
  let cut = 0;
  const callsBefore = await world.calls();
  for (let calls = 0; calls < leastCalls; calls = (await world.calls()) - callsBefore) {
    ground.progress(`${rollingRestart.name}: ${whole(calls)} calls, ${restarts} restarts`);
    for (const { index, program } of [...world.nodes]) {
      const signalledAt = now();
      cut += (await program.drain()).cut;
      longestDrainMs = Math.max(longestDrainMs, now() - signalledAt);
      await world.startNode(index);
      restarts++;
    }
  }
  await world.pause(1_000);
  const settled = await world.settle();
  const during = await world.figures(began);
  return [
    held(
      "calls while nodes are restarted",
      whole(during.calls),
      `≥ ${whole(leastCalls)}`,
      during.calls >= leastCalls,
    ),
    none("failed calls", failed(during)),
    told("failures", reasons(during)),
    none("calls cut off by a stop", cut),
    told("restarts", whole(restarts)),
    told("longest drain", milliseconds(longestDrainMs)),
    told("longest call", milliseconds(during.longestMs)),
    ...latencies(before, during),
    ...settledFigures(settled),
  ];
}
