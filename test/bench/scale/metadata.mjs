import { URL } from "node:url";
import { Rounds } from "../harness/rounds.mjs";
import { figure } from "../harness/table.mjs";

export const id = "metadata";
export const title = "A call with metadata";
export const note = "20 B, 64 outstanding, keys of about 13 characters with values of about 20.";

const counts = [0, 1, 2, 5, 10, 25, 50];
const spec = { id, kind: "unary", size: 20, outstanding: 64 };

export async function measure(progress) {
  const rounds = new Rounds({
    rounds: 3,
    coldWarmMs: 2_000,
    firstWarmMs: 700,
    warmMs: 200,
    windowMs: 1_000,
  });
  const peers = counts.map((keys) => ({
    id: `metadata-${keys}`,
    keys,
    kinds: ["unary"],
    file: new URL(`metadata-peer.mjs?keys=${keys}`, import.meta.url).href,
  }));
  const rows = await rounds.measure(spec, peers);
  await rounds.end();
  const lines = [["keys", "calls/s", "CPU us a call", "more per key, us"]];
  for (const { peer, failure, rate, cpuUs } of rows) {
    const extra = peer.keys > 0 ? figure((cpuUs - rows[0].cpuUs) / peer.keys) : "";
    lines.push([
      String(peer.keys),
      ...(failure ? [failure] : [figure(rate), figure(cpuUs), extra]),
    ]);
    progress(lines.at(-1));
  }
  return lines;
}
