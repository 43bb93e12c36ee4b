import { URL } from "node:url";
import { Child } from "../harness/child.mjs";
import { figure } from "../harness/table.mjs";
import { affordable, startHost } from "./host.mjs";

export const id = "connections";
export const title = "Connections on one server";
export const note =
  "Idle connections, each of which has made a call (HTTP, kept alive), and then 1,000 of them calling one at a time.";

const most = 10_000;
const active = 1_000;
const driveMs = 3_000;

export async function measure(progress) {
  const total = affordable(most);
  if (total < most) progress([`the limit of open files allows ${total} connections`]);
  const { child: server, where } = await startHost(most * 2);
  const client = new Child(new URL("connections-process.mjs", import.meta.url));
  const lines = [
    [
      "idle connections",
      "heap KiB each",
      "RSS KiB each",
      "active",
      "calls/s",
      "CPU us a call at the server",
      "p50 ms",
      "p99 ms",
    ],
  ];
  const before = await server.request("memory");
  for (const idle of [100, 1_000, total]) {
    await client.request("open", { ...where, total: idle }, 120_000);
    const after = await server.request("memory");
    const each = (key) => figure((after[key] - before[key]) / idle / 1_024);
    const driven = Math.min(idle, active);
    await client.request("drive", { active: driven, ms: 500 });
    const cpu = await server.request("cpu");
    const { count, rate, p50Ms, p99Ms } = await client.request("drive", {
      active: driven,
      ms: driveMs,
    });
    const cpuUs = ((await server.request("cpu")) - cpu) / count;
    const measured = [rate, cpuUs, p50Ms, p99Ms].map(figure);
    lines.push([String(idle), each("heap"), each("rss"), String(driven), ...measured]);
    progress(lines.at(-1));
  }
  client.kill();
  server.kill();
  return lines;
}
