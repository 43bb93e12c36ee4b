/** `npm run test:fuzz`: hostile input at every door. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { blame } from "./blame.js";
import { fuzzProtocols } from "./fuzz-protocols.js";
import { fuzzRun } from "./fuzz-run.js";
import { fuzzCells, type FuzzRow } from "./report/fuzz-table.js";
import { writeReliability } from "./report/reliability-page.js";
import { columns } from "./report/table.js";
import { scenarioCells, type ScenarioRow } from "./report/scenario-table.js";
import { scenarios } from "./scenarios/index.js";

const names = Object.keys(fuzzProtocols);
const usage = `npm run test:fuzz [-- protocol ...] [options]

Sends mutated exchanges to a server (or client) in a process of its own, through real sockets, while an honest
caller in another process calls it all the time. Then floods and slow peers of many kinds.

  protocol         ${names.join(" ")}, scenarios (default: all)
  --inputs n       inputs for each protocol (1000000)
  --seed n         seed (1)
  --input n        this input alone
  --seconds n      at most so long for each protocol; the figures say how many inputs that were
  --from n         begins with this input
  --write          puts the figures into docs/reliability.md; what was not run keeps those of earlier
  --help           print this`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    input: { type: "string" },
    seconds: { type: "string" },
    from: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number, got ${text}`);
}

/** Fuzzes the protocols one after the other, and says what was found. */
async function fuzz(chosen: readonly string[], seed: number): Promise<FuzzRow[]> {
  const rows: FuzzRow[] = [];
  for (const name of chosen) {
    const protocol = fuzzProtocols[name]!;
    const one = values.input;
    const from = whole("from", one ?? values.from ?? "0");
    const inputs = one === undefined ? whole("inputs", values.inputs) : 1;
    console.log(`${name}: ${inputs.toLocaleString("en-US")} inputs, seed ${seed}`);
    const progress = (done: number): void => console.log(`  ${done.toLocaleString("en-US")}`);
    const mostMs = 1_000 * whole("seconds", values.seconds ?? "86400");
    const result = await fuzzRun({ protocol, seed, inputs, from, mostMs, progress });
    rows.push({ title: protocol.title, result });
    for (const { kind, text, suspects } of result.findings) {
      console.log(`\nFOUND ${kind}: ${text}`);
      if (suspects === undefined || one !== undefined) continue;
      const index = await blame(protocol, seed, suspects);
      console.log(
        index === undefined
          ? `no input does it alone: npm run test:fuzz -- ${name} --seed ${seed} --from ${suspects[0]} --inputs ${suspects.length}`
          : `npm run test:fuzz -- ${name} --seed ${seed} --input ${index}`,
      );
    }
    console.log(`${columns(fuzzCells(rows.slice(-1)))}\n`);
  }
  return rows;
}

async function flood(): Promise<ScenarioRow[]> {
  const rows: ScenarioRow[] = [];
  for (const scenario of scenarios) {
    const row = { title: scenario.title, result: await scenario.run() };
    rows.push(row);
    for (const text of row.result.failures) console.log(`FAILED ${scenario.title}: ${text}`);
    console.log(columns(scenarioCells([row]).slice(1)));
  }
  return rows;
}

async function main(): Promise<void> {
  const unknown = positionals.find((name) => name !== "scenarios" && !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`${unknown} is none of ${names.join(", ")}, scenarios`);
  if (values.help) {
    console.log(usage);
    return;
  }
  const all = positionals.length === 0;
  const seed = whole("seed", values.seed);
  const rows = await fuzz(all ? names : positionals.filter((name) => name !== "scenarios"), seed);
  const floods = all || positionals.includes("scenarios") ? await flood() : [];
  const tables = [
    { heading: "Mutated exchanges", cells: fuzzCells(rows) },
    { heading: "Floods and slow peers", cells: scenarioCells(floods) },
  ];
  for (const { heading, cells } of tables)
    if (cells.length > 1) console.log(`\n${heading}\n\n${columns(cells)}`);
  if (values.write) {
    const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; seed ${seed}; ${new Date().toISOString().slice(0, 10)}.`;
    console.log(`wrote ${await writeReliability(machine, tables)}`);
  }
  const bad = rows.some(({ result }) => result.findings.length > 0);
  const failed = floods.some(({ result }) => result.failures.length > 0);
  process.exitCode = bad || failed ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
