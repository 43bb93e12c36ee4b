/** `npm run test:simulation`: thousands of random schedules, or one of them again. */
import "reflect-metadata";
import { parseArgs } from "node:util";
import { report } from "./report.js";
import { simulate } from "./simulate.js";

const usage = `npm run test:simulation -- [options]

Runs random schedules of deploys, crashes, partitions and load on a cluster in memory, and
checks after each that every promise was kept. A seed is one schedule, always the same.

  --seeds n     how many seeds (1000)
  --from n      the first of them (1)
  --seed n      this one alone
  --trace       print every event of the runs
  --keep-going  do not stop at the first seed that fails
  --help        print this

Exit code: 0 when every seed has passed, 1 when one has failed, 2 for a wrong option,
130 after Ctrl-C.`;

interface Plan {
  readonly from: number;
  readonly seeds: number;
  readonly trace: boolean;
  readonly keepGoing: boolean;
}

function plan(args: readonly string[]): Plan | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      seed: { type: "string" },
      trace: { type: "boolean", default: false },
      "keep-going": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const { trace, "keep-going": keepGoing } = values;
  if (values.seed !== undefined)
    return { from: whole("--seed", values.seed), seeds: 1, trace, keepGoing };
  const from = whole("--from", values.from ?? "1");
  return { from, seeds: whole("--seeds", values.seeds ?? "1000"), trace, keepGoing };
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Error(`${option} takes a whole number, got ${text}`);
}

async function run({ from, seeds, trace, keepGoing }: Plan): Promise<number> {
  const startedAt = performance.now();
  let interrupted = false;
  process.once("SIGINT", () => (interrupted = true));
  let [done, failed, calls, events, toldAt] = [0, 0, 0, 0, startedAt];
  const summary = (): string => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const memory = Math.round(process.memoryUsage().heapUsed / 1_048_576);
    return `${done} of ${seeds} seeds, ${failed} failed, ${calls} calls, ${events} events, ${seconds.toFixed(0)} s, ${memory} MiB`;
  };
  for (let seed = from; seed < from + seeds && !interrupted; seed++) {
    const result = await simulate({ seed, trace });
    done++;
    calls += result.calls;
    events += result.events;
    if (trace) process.stdout.write(result.trace);
    const found = report(seed, result.violations);
    if (found) {
      failed++;
      console.log(found);
      if (!keepGoing) break;
    }
    if (performance.now() - toldAt > 5_000) {
      toldAt = performance.now();
      console.log(summary());
    }
  }
  console.log(`${interrupted ? "interrupted: " : ""}${summary()}`);
  if (failed > 0) return 1;
  return interrupted ? 130 : 0;
}

async function main(): Promise<number> {
  let chosen: Plan | "help";
  try {
    chosen = plan(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (chosen !== "help") return run(chosen);
  console.log(usage);
  return 0;
}

void main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
