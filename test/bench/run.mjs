/** `npm run bench`: Plugboard beside other frameworks and the limit, in one run. */
import { performance } from "node:perf_hooks";
import { chosen, readArguments, whole } from "./harness/arguments.mjs";
import { fullCases, quickCases } from "./harness/cases.mjs";
import { writeSection } from "./harness/document.mjs";
import { installPeers } from "./harness/install.mjs";
import { machine, nodeMajor, today, versions } from "./harness/machine.mjs";
import { canPin } from "./harness/pair.mjs";
import { peers } from "./harness/peers.mjs";
import { Rounds, takesPart } from "./harness/rounds.mjs";
import { cells, columns, markdown } from "./harness/table.mjs";
import { judged, targetCells } from "./harness/targets.mjs";

const usage = `npm run bench [-- options]

Measures Plugboard, other frameworks and the limit side by side and prints medians.
A full run takes about half an hour and writes docs/performance.md.

  --quick          fewer cases and peers, shorter windows, nothing written: under 90 seconds
  --peers a,b      only these: ${peers.map(({ id }) => id).join(", ")}
  --cases a,b      only these: ${fullCases.map(({ id }) => id).join(", ")}
  --rounds n       rounds per case (3)
  --seconds n      seconds measured per peer, case and round (3; quick 1)
  --help           print this

Runs with --peers or --cases write nothing.`;

const options = readArguments(usage, {
  quick: { type: "boolean" },
  peers: { type: "string" },
  cases: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
});
const { quick = false } = options;
const times = {
  rounds: whole("rounds", options.rounds, 3),
  windowMs: whole("seconds", options.seconds, quick ? 1 : 3) * 1_000,
  coldWarmMs: quick ? 400 : 4_000,
  firstWarmMs: quick ? 400 : 1_000,
  warmMs: quick ? 100 : 300,
};
const complete = !quick && options.peers === undefined && options.cases === undefined;

const began = performance.now();
const picked = chosen("peers", options.peers, peers);
const offline = picked.some(({ foreign }) => foreign) && !installPeers();
if (offline) console.error("the peers' packages cannot be installed: measuring without them");
const present = picked.filter(({ foreign }) => !foreign || !offline);
const all = chosen("cases", options.cases, quick && !options.cases ? quickCases : fullCases);
const cases = all.filter(({ oneCore }) => !oneCore || canPin());
if (cases.length < all.length) console.log("no taskset here: nothing is bound to one core");

console.log(`${machine()}\n${versions()}\n`);
const rounds = new Rounds(times);
const used = present.filter((peer) => cases.some((spec) => takesPart(peer, spec)));
console.log(`starting ${used.map(({ title }) => title).join(" | ")}\n`);
await rounds.prepare(used);

const tables = new Map();
const possible = cases.filter((spec) => used.some((peer) => takesPart(peer, spec)));
for (const [index, spec] of possible.entries()) {
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(`[${index + 1} of ${possible.length}, ${seconds} s] ${spec.title}`);
  const rows = await rounds.measure(spec, used);
  tables.set(spec, rows);
  console.log(`${columns(cells(spec, rows))}\n`);
}
await rounds.end();

const rowOf = (caseId, peerId) =>
  [...tables]
    .find(([{ id }]) => id === caseId)?.[1]
    .find(({ peer, failure }) => peer.id === peerId && !failure);
const targets = targetCells(judged(rowOf));
if (targets.length > 1) console.log(`${columns(targets)}\n`);

if (complete) {
  const section = [
    `## Node ${nodeMajor}`,
    `${machine()}. ${versions()}. ${today()}; medians of ${times.rounds} rounds of ${times.windowMs / 1_000} s.`,
    ...[...tables].flatMap(([spec, rows]) => [`### ${spec.title}`, markdown(cells(spec, rows))]),
    "### Targets",
    markdown(targets),
  ].join("\n\n");
  console.log(`wrote ${await writeSection(`bench:node${nodeMajor}`, section)}`);
}
console.log(`${Math.round((performance.now() - began) / 1_000)} s`);
process.exit(0);
