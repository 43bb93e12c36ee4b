import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { median } from "../harness/median.mjs";
import { figure } from "../harness/table.mjs";
import { collecting } from "./memory.mjs";

export const id = "selector";
export const title = "Selector and registry cache";
export const note =
  "CPU time of a select with its draw and its mark, by strategy, over all services in turn, with another shard key each time where there is one, beside that of one look at an object that no cache holds; time from a watch event until the next draw for each endpoint knows it; memory of what the app keeps of a node (the records themselves are the registry's).";

/** Services, nodes of each, and endpoints of each that are called. */
const sizes = [
  [10, 10, 1],
  [100, 10, 1],
  [1_000, 10, 1],
  [1, 100, 1],
  [1, 1_000, 1],
  [1, 10_000, 1],
  [1, 1_000, 20],
  [1, 10_000, 20],
];

/** Processes of each, in turn, of which the middle one counts: what else a machine does comes in phases. */
const repeats = 3;
/** The last is the default one. */
const strategies = ["random", "round-robin", "consistent-hash", "power-of-two"];

export async function measure(progress) {
  const lines = [
    [
      "services x nodes",
      "random ns",
      "round-robin ns",
      "consistent-hash ns",
      "power-of-two (default) ns",
      "a look into memory ns",
      "watch event us",
      "bytes a node",
    ],
  ];
  for (const [services, nodesEach, endpoints] of sizes) {
    const rounds = [];
    const memory = [];
    for (let round = 0; round < repeats; round++) {
      const measured = [];
      for (const strategy of strategies) {
        const child = new Child(new URL("selector-process.mjs", import.meta.url), collecting);
        const asked = { strategy, services, nodesEach, endpoints };
        measured.push(await child.request("measure", asked, 120_000));
        await child.end();
      }
      rounds.push(measured);
      const child = new Child(new URL("selector-process.mjs", import.meta.url), collecting);
      memory.push(await child.request("memory", {}, 120_000));
      await child.end();
    }
    const middle = (strategy, key) => median(rounds.map((measured) => measured[strategy][key]));
    const times = strategies.map((_, strategy) => middle(strategy, "selectNs"));
    const eventUs = middle(strategies.length - 1, "eventUs");
    const bytesPerNode = middle(strategies.length - 1, "bytesPerNode");
    // Too few nodes drown in what else the heap does.
    const held = services * nodesEach < 1_000 ? Number.NaN : bytesPerNode;
    const values = [...times, median(memory), eventUs, held];
    const size = `${services} x ${nodesEach}${endpoints > 1 ? `, ${endpoints} endpoints` : ""}`;
    lines.push([size, ...values.map(figure)]);
    progress(lines.at(-1));
  }
  return lines;
}
