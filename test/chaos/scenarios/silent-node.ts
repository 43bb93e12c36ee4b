import { allTyped, failed, latencies, longestFailureMs, reasons } from "../report/call-figures.js";
import { held, milliseconds, percent, told, whole, within, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import type { Ground } from "../support/ground.js";
import { now } from "../support/now.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";
import { deadlineMs } from "./deadline.js";

const callsPerSecond = 500;
const silentMs = 20_000;
const afterMs = 40_000;
const mostFailed = 0.001;

/** A node takes connections and requests, and says nothing. */
export const silentNode: Scenario = {
  name: "silent-node",
  title: "A node that accepts and never answers",
  about: `One of ten nodes is stopped (SIGSTOP) for ${silentMs / 1_000} s, under ${whole(callsPerSecond)} calls/s: the system still takes connections and requests for it.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: silentNode.name });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const began = now();
  const before = await world.figures(loadedAt + 1_000, began);
  const [silent, ...others] = world.nodes;
  ground.progress(`${silentNode.name}: one node is silent for ${silentMs / 1_000} s`);
  silent!.program.signal("SIGSTOP");
  await world.pause(silentMs);
  const endedAt = now();
  silent!.program.signal("SIGCONT");
  ground.progress(`${silentNode.name}: it speaks again`);
  await world.pause(afterMs);
  const settled = await world.settle();
  const during = await world.figures(began, endedAt);
  const all = await world.figures(began);
  const rightMs = await world.rightAgainMs(
    began,
    others.map(({ id }) => id),
  );
  const wholeMs = await world.rightAgainMs(endedAt, world.ids);
  const share = failed(all) / all.calls;
  return [
    told("calls", whole(all.calls)),
    held(
      "failed calls",
      `${whole(failed(all))}, ${percent(share)}`,
      `≤ ${percent(mostFailed)}`,
      share <= mostFailed,
    ),
    told("failures", reasons(all)),
    allTyped(all),
    within("longest failed call", longestFailureMs(all), deadlineMs + 100),
    within("no further call fails after", rightMs, deadlineMs + 1_000),
    within("it gets calls again after", wholeMs, afterMs),
    told("longest call", milliseconds(all.longestMs)),
    ...latencies(before, during),
    ...settledFigures(settled),
  ];
}
