/** Selector and registry cache of an app with many nodes, measured inside one process. */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { Selector } from "plugboard";
import { consistentHashSelector } from "plugboard/plugins/selector/consistent-hash";
import { randomSelector } from "plugboard/plugins/selector/random";
import { roundRobinSelector } from "plugboard/plugins/selector/round-robin";
import { RegistryCache } from "plugboard/spi";
import { serve } from "../harness/answer.mjs";
import { median } from "../harness/median.mjs";
import { startApp } from "../plugboard/pair.mjs";
import { settled } from "./memory.mjs";
import { nodeOf, TableRegistry } from "./table-registry.mjs";

const strategies = {
  random: { selector: randomSelector() },
  "round-robin": { selector: roundRobinSelector() },
  "consistent-hash": { selector: consistentHashSelector() },
  "power-of-two": {},
};
const users = Array.from({ length: 997 }, (_, user) => `user-${user}`);
/** What is asked for: an endpoint's options are the same object each time, but of some strategies each call wants something else. */
function asking(strategy, endpoints) {
  const options =
    endpoints === 1
      ? [undefined]
      : Array.from({ length: endpoints }, (_, number) => ({ endpoint: `Endpoint.${number}` }));
  if (strategy !== "consistent-hash") return (at) => options[at % options.length];
  // As the client joins them.
  return (at) =>
    Object.assign({ shardKey: users[at % users.length] }, options[at % options.length]);
}
const selects = 50_000;
const repeats = 5;
const events = 1_000;

/** Nanoseconds of CPU for one select with its draw and its mark, over all services in turn: the median of some tries. */
function timeSelects(selector, names, optionsOf) {
  const outcome = { latencyMs: 1 };
  const select = (count) => {
    for (let at = 0; at < count; at++) {
      const name = names[(at * 7_919) % names.length];
      const { node } = selector.select(name, optionsOf(at))();
      selector.mark(name, node, outcome);
    }
  };
  select(selects);
  const times = Array.from({ length: repeats }, () => {
    const began = process.cpuUsage();
    select(selects);
    const { user, system } = process.cpuUsage(began);
    return ((user + system) * 1e3) / selects;
  });
  return median(times);
}

/** Median microseconds from the announcement of a changed node until the cache and each endpoint's next draw know it. */
async function timeEvents(app, registry, names, endpoints, optionsOf) {
  const cache = app.get(RegistryCache);
  const selector = app.get(Selector);
  const nodes = registry.records.get(names[0]).nodes.length;
  let applied = 0;
  const times = [];
  for (let revision = 1; revision <= events; revision++) {
    const name = names[revision % names.length];
    const index = revision % nodes;
    const wanted = String(revision);
    const began = performance.now();
    registry.announce(name, nodeOf(name, index, revision));
    const known = () =>
      cache.peek(name)?.some((record) => record.nodes[index]?.metadata.revision === wanted);
    for (let turns = 0; turns < 100 && !known(); turns++) await turn();
    for (let at = 0; at < endpoints; at++) selector.select(name, optionsOf(at))();
    times.push(performance.now() - began);
    if (known()) applied++;
  }
  if (applied < events) throw new Error(`${events - applied} events of ${events} were not applied`);
  return median(times) * 1_000;
}

/**
 * Nanoseconds of a look at an object that no cache holds: what a select costs among many services is mostly
 * how often it has to wait for that.
 */
function timeMemory() {
  const objects = Array.from({ length: 250_000 }, (_, id) => ({ id, next: undefined, rest: [id] }));
  // Each to one that lies far away, all of them in one ring (the step has no divisor in common with the length).
  for (const { id } of objects) objects[id].next = objects[(id + 98_731) % objects.length];
  let at = objects[0];
  const walk = (steps) => {
    for (let step = 0; step < steps; step++) at = at.next;
  };
  walk(objects.length);
  const times = Array.from({ length: repeats }, () => {
    const began = process.cpuUsage();
    walk(objects.length);
    const { user, system } = process.cpuUsage(began);
    return ((user + system) * 1e3) / objects.length;
  });
  if (at === undefined) throw new Error("the ring is broken");
  return median(times);
}

serve({
  async memory() {
    return timeMemory();
  },

  /** Of one strategy, as an app has one; events and memory with the default one. */
  async measure({ strategy, services, nodesEach, endpoints }) {
    const registry = new TableRegistry(services, nodesEach);
    const plugins = { registry: registry.plugin(), ...strategies[strategy] };
    const app = await startApp({}, undefined, plugins);
    const selector = app.get(Selector);
    const names = [...registry.records.keys()];
    const before = await settled();
    for (const name of names) (await selector.select(name))();
    await turn();
    const after = await settled();
    const optionsOf = asking(strategy, endpoints);
    const selectNs = timeSelects(selector, names, optionsOf);
    const isDefault = strategy === "power-of-two";
    const bytesPerNode = (after.heap - before.heap) / (services * nodesEach);
    const eventUs = isDefault
      ? await timeEvents(app, registry, names, endpoints, optionsOf)
      : undefined;
    await app.stop();
    return { selectNs, eventUs, bytesPerNode };
  },
});
