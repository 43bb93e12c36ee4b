import { allTyped, failed, latencies, longestFailureMs, reasons } from "../report/call-figures.js";
import { milliseconds, percent, told, whole, within, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import type { Ground } from "../support/ground.js";
import { Islands, mainlandHost } from "../support/islands.js";
import { now } from "../support/now.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";
import { deadlineMs } from "./deadline.js";

const callsPerSecond = 500;
const apartMs = 20_000;
const afterMs = 40_000;

/** Half of the nodes cannot be reached, and the registry does not know. */
export const partition: Scenario = {
  name: "partition",
  title: "A partition between the caller and half of the nodes",
  about: `Packets between the caller and five of ten nodes are dropped without a word for ${apartMs / 1_000} s, under ${whole(callsPerSecond)} calls/s. Each side is a network namespace behind a router; both still reach etcd, which goes on listing every node, and Kafka.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  using islands = new Islands(ground);
  const [callerPlace, far] = islands.places;
  const near = { host: mainlandHost, enter: [] };
  await using world = await World.open(ground, {
    name: partition.name,
    callerPlace,
    placeOf: (index) => (index < 5 ? near : far),
  });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const partedAt = now();
  const before = await world.figures(loadedAt + 1_000, partedAt);
  ground.progress(
    `${partition.name}: half of the nodes cannot be reached for ${apartMs / 1_000} s`,
  );
  islands.part();
  await world.pause(apartMs);
  const joinedAt = now();
  islands.join();
  ground.progress(`${partition.name}: all can be reached again`);
  await world.pause(afterMs);
  const settled = await world.settle();
  const during = await world.figures(partedAt, joinedAt);
  const after = await world.figures(joinedAt);
  const all = await world.figures(partedAt);
  const rightMs = await world.rightAgainMs(partedAt, world.ids.slice(0, 5));
  const wholeMs = await world.rightAgainMs(joinedAt, world.ids);
  return [
    told("calls", whole(all.calls)),
    told(
      "failed while apart",
      `${whole(failed(during))}, ${percent(failed(during) / during.calls)}`,
    ),
    told("failures", reasons(during)),
    told("failures after it", reasons(after)),
    allTyped(all),
    within("longest failed call", longestFailureMs(all), deadlineMs + 100),
    within("no further call fails after", rightMs, deadlineMs + 1_000),
    within("all nodes get calls again after", wholeMs, afterMs),
    told("longest call", milliseconds(all.longestMs)),
    ...latencies(before, during),
    ...settledFigures(settled),
  ];
}
