import type { Plugins } from "../../index.js";
import type { MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { openCluster } from "../testing/cluster.js";
import type { TestCluster } from "../testing/test-cluster.js";
import { Book } from "./book.js";
import { Dice } from "./dice.js";
import { Fleet, type Complement } from "./fleet.js";
import { checkBook, checkCalm, checkShares, checkUsage, type Violation } from "./invariants.js";
import { Load } from "./load.js";
import { roleModules, type Role } from "./services.js";
import { Weather } from "./weather.js";

/** What of a simulation is broken on purpose. */
export interface Broken {
  /** Plugins of the node that calls. */
  readonly caller?: Plugins;
  /** Plugins of all others. */
  readonly nodes?: Plugins;
  readonly broker?: () => MemoryBrokerHub;
}

/** How a simulation is run. */
export interface SimulationOptions {
  readonly seed: number;
  /** Whether every event is noted. Default false. */
  readonly trace?: boolean;
  readonly broken?: Broken;
}

/** What came of a simulation. */
export interface SimulationResult {
  readonly violations: readonly Violation[];
  readonly calls: number;
  readonly events: number;
  /** Every event, where that was asked for. */
  readonly trace: string;
}

const complement: Complement = { ledger: 3, front: 2, billing: 2 };
const steps = 24;

/** Milliseconds after which registrations of the dead, ejections and idle connections are gone. */
const quietMs = 150_000;

/** Milliseconds that a node must have been known to its caller, for the selector's slow start. */
const knownMs = 15_000;

/** Selections a node for the share that each must get. */
const asksPerNode = 40;

/** One random schedule of deploys, crashes, partitions and load, and what it has broken. */
export async function simulate({
  seed,
  trace = false,
  broken = {},
}: SimulationOptions): Promise<SimulationResult> {
  const book = new Book();
  const cluster = await openCluster(
    { seed, trace, ...(broken.caller && { plugins: broken.caller }) },
    { ...(broken.broker && { broker: broken.broker() }) },
  );
  const violations: Violation[] = [];
  try {
    const fleet = new Fleet(cluster, roleModules(book, broken.nodes ?? {}), complement);
    violations.push(...(await run(seed, cluster, fleet, book)));
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
  const nothing = { connections: 0, timers: 0, requests: 0 };
  violations.push(...checkUsage("after the end", cluster.usage, nothing));
  return { violations, calls: book.calls.length, events: book.events.size, trace: cluster.trace };
}

async function run(
  seed: number,
  cluster: TestCluster,
  fleet: Fleet,
  book: Book,
): Promise<readonly Violation[]> {
  const { clock } = cluster;
  const dice = new Dice(seed, "simulation");
  const calm = seed % 4 === 0;
  const load = new Load(cluster, book, dice);
  const weather = new Weather(cluster, fleet, dice, calm);

  for (const role of Object.keys(complement) as Role[])
    for (let count = 0; count < complement[role]; count++) await fleet.start(role);
  await warm(load, cluster);
  await clock.advance(quietMs);
  const usage = cluster.usage;

  for (let step = 0; step < steps; step++) {
    for (let count = dice.between(0, 4); count > 0; count--)
      void load.call(calm ? dice.between(2_000, 5_000) : dice.between(50, 3_000));
    for (let count = dice.between(0, 2); count > 0; count--) void load.publish();
    await clock.advance(dice.between(0, 20)); // misfortunes come in the middle of things
    await weather.step();
    // Now and then long enough for what is cached, registered or ejected to reach its end.
    await clock.advance(dice.chance(0.1) ? dice.between(10_000, 90_000) : dice.between(0, 400));
  }

  weather.clear();
  await fleet.restore();
  await clock.advance(quietMs);
  const violations = [...checkBook(book, cluster)];
  if (calm) violations.push(...checkCalm(book, fleet.failures));
  await ask(load, cluster, 1);
  await clock.advance(knownMs);
  const answers = await ask(load, cluster, asksPerNode * complement.ledger);
  const ledgers = fleet.nodes.filter(({ role }) => role === "ledger");
  violations.push(
    ...checkShares(
      answers,
      ledgers.map(({ name }) => name.split("@")[1]!),
    ),
  );
  await clock.advance(quietMs);
  violations.push(...checkUsage("after a rest", cluster.usage, usage));
  violations.push(...(await stopAll(fleet, cluster)));
  return violations;
}

/** Nodes that have nothing in hand stop at once. */
async function stopAll(fleet: Fleet, cluster: TestCluster): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const { name } of fleet.nodes) {
    let ended = "not at once";
    void cluster.stop(name).then(
      ({ cut }) => (ended = cut === 0 ? "" : `with ${cut} calls in hand`),
      (error: unknown) => (ended = String(error)),
    );
    await cluster.clock.advance(0);
    if (ended) violations.push({ invariant: "memory", detail: `${name} stopped ${ended}` });
  }
  return violations;
}

/** Everybody has met everybody once. */
async function warm(load: Load, { clock }: TestCluster): Promise<void> {
  const calls = (["record", "read", "place", "tail", "total", "echo"] as const).flatMap((kind) => [
    load.call(5_000, kind),
    load.call(5_000, kind),
  ]);
  await clock.advance(1_000);
  await Promise.all(calls);
}

/** Who answers, asked in waves. */
async function ask(load: Load, { clock }: TestCluster, count: number): Promise<readonly string[]> {
  const answers: string[] = [];
  const wave = 20;
  while (answers.length < count) {
    const asked = Promise.all(Array.from({ length: wave }, () => load.ask().catch(String)));
    await clock.advance(10);
    answers.push(...(await asked));
  }
  return answers;
}
