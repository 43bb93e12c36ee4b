/**
 * A server whose calls cost CPU, offered several times what it can do: how much of that it still does in time.
 *
 *   npm run bench:overload [-- --times 3 --seconds 10]
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { URL } from "node:url";
import { Child } from "./harness/child.mjs";
import { collecting } from "./scale/memory.mjs";
import { callOf } from "./overload/caller.mjs";

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
if (process.argv.includes("--help")) {
  console.log(`npm run bench:overload [-- options]

Offers a server more calls than it can serve, and compares what it answers in time with its capacity.
Fails when that is less than 0.9 of it.

  --times n    calls offered, as a multiple of the capacity (3)
  --seconds n  how long (10)
  --help       print this`);
  process.exit(0);
}
const times = argument("times", 3);
const seconds = argument("seconds", 10);
const timeoutMs = 1_000;
const outstanding = 8;

const child = new Child(new URL("overload/server-process.mjs", import.meta.url), collecting);
const { call, close } = await callOf(await child.request("start", {}, 30_000));

/** Calls answered a second, with a few always outstanding. */
async function capacity(ms) {
  const until = performance.now() + ms;
  let answered = 0;
  const worker = async () => {
    while (performance.now() < until) {
      await call({ timeoutMs: 10_000 });
      answered++;
    }
  };
  await Promise.all(Array.from({ length: outstanding }, worker));
  return (answered * 1_000) / ms;
}

/** Calls answered a second while they are made at a rate; what is answered afterwards does not count. */
async function offered(rate, ms) {
  const began = performance.now();
  let answered = 0;
  const outcomes = new Map();
  const latencies = [];
  const calls = new Set();
  let made = 0;
  const one = async () => {
    const from = performance.now();
    const outcome = await call({ timeoutMs }).then(
      () => "answered",
      (error) => error.reason ?? String(error),
    );
    const now = performance.now();
    if (outcome === "answered") latencies.push(now - from);
    if (outcome === "answered" && now - began < ms) answered++;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  while (performance.now() - began < ms) {
    for (const due = ((performance.now() - began) * rate) / 1_000; made < due; made++) {
      const started = one().finally(() => calls.delete(started));
      calls.add(started);
    }
    await sleep(2);
  }
  await Promise.all(calls);
  latencies.sort((a, b) => a - b);
  return {
    made,
    outcomes,
    perSecond: (answered * 1_000) / ms,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
}

await capacity(1_000);
const limit = await capacity(5_000);
const before = await child.request("memory", {}, 10_000);
const { made, outcomes, perSecond, p99 } = await offered(limit * times, seconds * 1_000);
const after = await child.request("memory", {}, 10_000);
const goodput = perSecond / limit;
console.log(`capacity   ${limit.toFixed(0)} calls/s`);
console.log(
  `offered    ${(made / seconds).toFixed(0)} calls/s for ${seconds} s, each with ${timeoutMs} ms`,
);
console.log(
  `answered   ${perSecond.toFixed(0)} calls/s in time: ${goodput.toFixed(2)} of capacity; p99 ${p99.toFixed(0)} ms`,
);
for (const [outcome, count] of outcomes) console.log(`           ${count} ${outcome}`);
console.log(
  `server     ${(before.heap / 1_048_576).toFixed(1)} MiB of heap before, ${(after.heap / 1_048_576).toFixed(1)} MiB after`,
);
await close();
await child.end();
process.exitCode = goodput >= 0.9 ? 0 : 1;
