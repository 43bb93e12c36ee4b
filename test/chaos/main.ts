/** Runs scenarios one after the other; `run.mjs` starts it once everything that it needs is there. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKafka } from "../real/kafka/kafka-server.js";
import { columns } from "./report/table.js";
import type { Outcome } from "./report/outcome.js";
import { otherWork, sectionOf, writeSection } from "./report/page.js";
import { scenarios } from "./scenarios/index.js";
import { soak } from "./scenarios/soak.js";
import type { Ground } from "./support/ground.js";
import { mainlandHost, settleMainland } from "./support/islands.js";
import { loopback } from "./support/place.js";

/** What `run.mjs` read from the command line. */
interface Task {
  readonly repository: string;
  /** Names of scenarios; none for all of them. */
  readonly names: readonly string[];
  readonly minutes: number;
  readonly write: boolean;
  readonly ownNetwork: boolean;
  /** Where logs and journals go and stay; undefined for nowhere. */
  readonly keep?: string;
}

const began = performance.now();
const leastSoakMinutes = 60;

function progress(text: string): void {
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(`[${String(seconds).padStart(4)} s] ${text}`);
}

function folderFor(keep: string | undefined): string {
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true });
    return mkdtempSync(join(keep, "run-"));
  }
  const folder = mkdtempSync(join(tmpdir(), "plugboard-chaos-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Ends this process, and with it all that it has started, on a signal. */
function brokenOff(): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.once(name, () => {
      console.error(`\n${name}: ending everything`);
      controller.abort();
      process.exit(code);
    });
  return controller.signal;
}

async function main(task: Task): Promise<void> {
  const signal = brokenOff();
  const load = otherWork();
  const { names, minutes, ownNetwork } = task;
  const chosen =
    names[0] === "soak"
      ? [soak(minutes)]
      : scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
  const folder = folderFor(task.keep);
  if (task.keep !== undefined) progress(`logs and journals stay in ${folder}`);
  if (ownNetwork) settleMainland();
  const host = ownNetwork ? mainlandHost : loopback.host;
  progress("starting Kafka");
  const kafka = await startKafka({ version: "4.x", host });
  const ground: Ground = { kafka, host, folder, ownNetwork, progress, signal };
  const outcomes: Outcome[] = [];
  try {
    for (const scenario of chosen) {
      const figures = await scenario.run(ground);
      outcomes.push({ scenario, figures });
      console.log(`\n${scenario.title}\n${columns(figures)}\n`);
    }
  } finally {
    await kafka.stop();
  }
  await write(task, outcomes, load);
  const missed = outcomes.flatMap(({ scenario, figures }) =>
    figures.filter(({ met }) => !met).map(({ what }) => `${scenario.name}: ${what}`),
  );
  progress(missed.length === 0 ? "every target is met" : "done");
  for (const miss of missed) console.error(`missed: ${miss}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

/** Writes what is complete: all scenarios, or a soak that was long enough. */
async function write(task: Task, outcomes: readonly Outcome[], load: number): Promise<void> {
  if (!task.write) return;
  const { repository, names, minutes } = task;
  const whole = names.length === 0;
  if (!whole && (names[0] !== "soak" || minutes < leastSoakMinutes)) return;
  const [section, title] = whole
    ? (["chaos", "Under faults"] as const)
    : (["soak", "Over time"] as const);
  progress(`wrote ${await writeSection(repository, section, sectionOf(title, outcomes, load))}`);
}

main(JSON.parse(process.argv[2] ?? "{}") as Task).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
