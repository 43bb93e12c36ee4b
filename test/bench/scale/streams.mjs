import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { figure } from "../harness/table.mjs";
import { affordable, startHost } from "./host.mjs";
import { collecting } from "./memory.mjs";

export const id = "streams";
export const title = "Streams at once";
export const note =
  "Streams both ways that stay open, all of one client object: what each holds, and a message there and back on all of them.";

const most = 10_000;

export async function measure(progress) {
  const total = affordable(most);
  if (total < most) progress([`the limit of open files allows ${total} streams`]);
  const atOnce = most * 2;
  const { child: server, where } = await startHost(atOnce);
  const client = new Child(new URL("streams-process.mjs", import.meta.url), collecting);
  await client.request("connect", { ...where, atOnce });
  const lines = [
    [
      "streams",
      "opening us each",
      "server heap KiB each",
      "client heap KiB each",
      "round of messages ms",
      "us each",
    ],
  ];
  const before = [await server.request("memory"), await client.request("memory")];
  let opened = 0;
  for (const streams of [100, 1_000, total]) {
    const { ms: openMs } = await client.request("open", { total: streams }, 240_000);
    const after = [await server.request("memory"), await client.request("memory")];
    const each = after.map(({ heap }, side) => (heap - before[side].heap) / streams / 1_024);
    await client.request("round", undefined, 120_000);
    const { ms } = await client.request("round", undefined, 120_000);
    const values = [(openMs * 1_000) / (streams - opened), ...each, ms, (ms * 1_000) / streams];
    lines.push([String(streams), ...values.map(figure)]);
    opened = streams;
    progress(lines.at(-1));
  }
  client.kill();
  server.kill();
  return lines;
}
