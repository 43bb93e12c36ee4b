import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { figure } from "../harness/table.mjs";
import { collecting } from "./memory.mjs";

export const id = "app";
export const title = "One app of many services";
export const note =
  "From decorating the classes until the app is ready, after a first small app has warmed the code.";

const sizes = [
  [1, 10],
  [10, 10],
  [100, 10],
  [100, 100],
];

export async function measure(progress) {
  const lines = [
    ["services x handlers", "start ms", "us a handler", "KiB held", "bytes a handler"],
  ];
  for (const [services, handlersEach] of sizes) {
    const child = new Child(new URL("app-process.mjs", import.meta.url), collecting);
    const { startMs, bytes } = await child.request("measure", { services, handlersEach }, 120_000);
    await child.end();
    const handlers = services * handlersEach;
    const values = [startMs, (startMs * 1_000) / handlers, bytes / 1_024, bytes / handlers];
    lines.push([`${services} x ${handlersEach}`, ...values.map(figure)]);
    progress(lines.at(-1));
  }
  return lines;
}
