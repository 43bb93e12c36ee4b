import { failed, allTyped, latencies, longestFailureMs, reasons } from "../report/call-figures.js";
import { milliseconds, none, told, whole, within, type Figure } from "../report/figure.js";
import { settledFigures } from "../report/settled-figures.js";
import { now } from "../support/now.js";
import type { Ground } from "../support/ground.js";
import type { Scenario } from "../support/scenario.js";
import { World } from "../support/world.js";

const callsPerSecond = 1_000;
/**
 * Who is killed, round by round. Even nodes only: they take events from Kafka, while the http broker keeps
 * what it has accepted in the memory of the process that is killed, as its README says.
 */
const rounds: readonly (readonly number[])[] = [
  [0, 2, 4],
  [6, 8, 0],
  [2, 4, 6],
];

/** Nodes that end without a word. */
export const kill: Scenario = {
  name: "kill",
  title: "kill -9 of a third of the nodes",
  about: `Three of ten nodes get SIGKILL at once and come back 4 s later, ${rounds.length} times, under ${whole(callsPerSecond)} calls/s. Their records stay in etcd until the leases end (90 s). Those that take events over the http broker are spared: it keeps what it has accepted in their memory.`,
  run,
};

async function run(ground: Ground): Promise<readonly Figure[]> {
  await using world = await World.open(ground, { name: kill.name });
  const loadedAt = now();
  await world.load(callsPerSecond);
  await world.pause(5_000);
  const began = now();
  const before = await world.figures(loadedAt + 1_000, began);
  const rights: (number | undefined)[] = [];
  for (const victims of rounds) {
    ground.progress(`${kill.name}: killing nodes ${victims.join(", ")}`);
    const killedAt = now();
    for (const index of victims) world.nodes[index]!.program.signal("SIGKILL");
    const survivors = world.nodes.filter(({ index }) => !victims.includes(index));
    await world.pause(4_000);
    rights.push(
      await world.rightAgainMs(
        killedAt,
        survivors.map(({ id }) => id),
      ),
    );
    for (const index of victims) await world.startNode(index);
    await world.pause(4_000);
  }
  const settled = await world.settle();
  const during = await world.figures(began);
  const slowest = rights.includes(undefined)
    ? undefined
    : Math.max(...rights.map((right) => right ?? 0));
  return [
    told("calls", whole(during.calls)),
    none(
      "failed calls, idempotent",
      failed(during, ({ idempotent }) => idempotent),
    ),
    told("failed calls, not idempotent", whole(failed(during, ({ idempotent }) => !idempotent))),
    told("failures", reasons(during)),
    allTyped(during),
    within("longest failed call", longestFailureMs(during), 1_000),
    within("traffic right again", slowest, 1_000),
    told("longest call", milliseconds(during.longestMs)),
    ...latencies(before, during),
    ...settledFigures(settled),
  ];
}
