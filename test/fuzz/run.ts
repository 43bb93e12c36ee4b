/** `npm run test:fuzz`: hostile input at every door. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { blame } from "./blame.js";
import { fuzzProtocols, type FuzzProtocol } from "./fuzz-protocols.js";
import { fuzzRun } from "./fuzz-run.js";
import { fuzzCells, type FuzzRow } from "./report/fuzz-table.js";
import { writeReliability } from "./report/reliability-page.js";
import { columns } from "./report/table.js";
import { scenarioCells, type ScenarioRow } from "./report/scenario-table.js";
import { scenarios } from "./scenarios/index.js";

const names = Object.keys(fuzzProtocols);
/** Inputs that go over sockets as well, where not all do. */
const atSockets = 20_000;
const usage = `npm run test:fuzz [-- protocol ...] [options]

Sends mutated exchanges to a server (or client) in a process of its own, while an honest caller in another process
calls it over TCP all the time. Then floods and slow peers of many kinds.

  protocol         ${names.join(" ")}, scenarios (default: all)
  --inputs n       inputs for each protocol (1000000)
  --over way       sockets, memory or both (both): the process under fire attacks itself, past the system's
                   sockets, with all inputs; over sockets go the first ${atSockets.toLocaleString("en-US")} as well
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
    over: { type: "string", default: "both" },
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
/** The ways that a protocol is fuzzed in, with how many inputs. */
function waysOf(
  { way }: FuzzProtocol,
  inputs: number,
): (readonly [memory: boolean, inputs: number])[] {
  const over = values.over;
  if (way.over === "udp" || over === "sockets") return [[false, inputs]];
  if (over === "memory") return [[true, inputs]];
  return [
    [false, Math.min(inputs, atSockets)],
    [true, inputs],
  ];
}

async function fuzzOne(
  protocol: FuzzProtocol,
  seed: number,
  memory: boolean,
  inputs: number,
): Promise<FuzzRow> {
  const { name } = protocol;
  const way = memory ? "in memory" : "over sockets";
  console.log(`${name}: ${inputs.toLocaleString("en-US")} inputs ${way}, seed ${seed}`);
  const progress = (done: number): void => console.log(`  ${done.toLocaleString("en-US")}`);
  const mostMs = 1_000 * whole("seconds", values.seconds ?? "86400");
  const from = whole("from", values.input ?? values.from ?? "0");
  const result = await fuzzRun({ protocol, seed, inputs, from, memory, mostMs, progress });
  for (const { kind, text, suspects } of result.findings) {
    console.log(`\nFOUND ${kind}: ${text}`);
    if (suspects === undefined || values.input !== undefined) continue;
    const index = await blame(protocol, seed, suspects, memory);
    const command = `npm run test:fuzz -- ${name} --over ${memory ? "memory" : "sockets"} --seed ${seed}`;
    console.log(
      index === undefined
        ? `no input does it alone: ${command} --from ${suspects[0]} --inputs ${suspects.length}`
        : `${command} --input ${index}`,
    );
  }
  const row = { title: memory ? `${protocol.title}, in memory` : protocol.title, result };
  console.log(`${columns(fuzzCells([row]))}\n`);
  return row;
}

async function fuzz(chosen: readonly string[], seed: number): Promise<FuzzRow[]> {
  const rows: FuzzRow[] = [];
  const wanted = values.input === undefined ? whole("inputs", values.inputs) : 1;
  for (const name of chosen) {
    const protocol = fuzzProtocols[name]!;
    for (const [memory, inputs] of waysOf(protocol, wanted))
      rows.push(await fuzzOne(protocol, seed, memory, inputs));
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
  if (!["sockets", "memory", "both"].includes(values.over))
    throw new Error(`--over must be sockets, memory or both, got ${values.over}`);
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
