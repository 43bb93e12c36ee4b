import { failed, latencies, reasons } from "../report/call-figures.js";
import { milliseconds, none, told, whole, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import { now } from "../support/now.js";
import type { Ground } from "../support/ground.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";

const callsPerSecond = 500;
const outageMs = 60_000;
/** Milliseconds that a watch may take to be there again: its longest pause, and a little. */
const mostNewsMs = 35_000;

/** The registry ends and comes back. */
export const etcdOutage: Scenario = {
  name: "etcd-outage",
  title: "etcd down for 60 s",
  about: `etcd gets SIGKILL and is started again with its data ${outageMs / 1_000} s later, under ${whole(callsPerSecond)} calls/s; then a node is added. The http broker asks the registry on each publish, and refuses events meanwhile.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: etcdOutage.name });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const began = now();
  const before = await world.figures(loadedAt + 1_000, began);
  ground.progress(`${etcdOutage.name}: etcd is down for ${outageMs / 1_000} s`);
  await world.etcd.kill();
  await world.pause(outageMs);
  await world.etcd.restart();
  ground.progress(`${etcdOutage.name}: etcd is back, a node is added`);
  const backAt = now();
  const { id } = await world.startNode(world.nodes.length);
  const addedAt = now();
  let newsMs: number | undefined;
  while (newsMs === undefined && now() - addedAt < mostNewsMs) {
    await world.pause(500);
    newsMs = await world.rightAgainMs(addedAt, [id]);
  }
  await world.pause(2_000);
  const settled = await world.settle();
  const during = await world.figures(began);
  const after = await world.figures(backAt);
  return [
    told("calls", whole(during.calls)),
    none("failed calls", failed(during)),
    told("failures", reasons(during)),
    told("longest call", milliseconds(during.longestMs)),
    ...latencies(before, during),
    none("nodes without a call after it", world.ids.filter((node) => !after.byNode[node]).length),
    told("until the added node gets calls", newsMs === undefined ? "never" : milliseconds(newsMs)),
    ...settledFigures(settled),
  ];
}
