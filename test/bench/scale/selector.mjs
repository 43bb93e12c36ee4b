import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { figure } from "../harness/table.mjs";
import { collecting } from "./memory.mjs";

export const id = "selector";
export const title = "Selector and registry cache";
export const note =
  "CPU time of a select with its draw and its mark, by strategy, over all services in turn, with another shard key each time where there is one; time from a watch event until the next draw knows it; memory of what the app keeps of a node (the records themselves are the registry's).";

const sizes = [
  [10, 10],
  [100, 10],
  [1_000, 10],
  [1, 100],
  [1, 1_000],
  [1, 10_000],
];

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
      "watch event us",
      "bytes a node",
    ],
  ];
  for (const [services, nodesEach] of sizes) {
    const times = [];
    for (const strategy of strategies) {
      const child = new Child(new URL("selector-process.mjs", import.meta.url), collecting);
      times.push(await child.request("measure", { strategy, services, nodesEach }, 120_000));
      await child.end();
    }
    const { eventUs, bytesPerNode } = times.at(-1);
    // Too few nodes drown in what else the heap does.
    const held = services * nodesEach < 1_000 ? Number.NaN : bytesPerNode;
    const values = [...times.map(({ selectNs }) => selectNs), eventUs, held];
    lines.push([`${services} x ${nodesEach}`, ...values.map(figure)]);
    progress(lines.at(-1));
  }
  return lines;
}
