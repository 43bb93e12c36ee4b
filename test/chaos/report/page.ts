import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Outcome } from "./outcome.js";
import { markdown } from "./table.js";

/** What owns a part of the page. */
export type Section = "chaos" | "soak";

const order: readonly Section[] = ["chaos", "soak"];

const beginning = `# Reliability

\`npm run test:chaos\` wrote the figures below: what happens to a system of real processes when they, their registry and their
network fail. Every node is a process of its own, built from decorators, on the default client, server, transport and selector
with their default options (a deadline of 5 s, one retry); they find each other in a real etcd. A caller makes calls at a
steady rate whatever becomes of them, four of five to an idempotent handler, each of which takes 20 ms. A call's length is
measured by its caller, from the call to its end.

All the while events are published and consumed, 20 a second through each of three brokers: a real Kafka and the http broker
between the caller and the nodes, the memory broker within the caller's process, since it knows no other. A subscriber notes
each event in a file before it is acknowledged to the broker, so what was acknowledged to the publisher and stands in no file
was lost. An event may be repeated; brokers deliver at least once.

"No further call fails after" and "right again" count from the fault to the last call begun that failed, and to the first call
that each remaining node has answered, whichever is later.
`;

/** The text with a section replaced, or added in its place. */
export function withSection(text: string, section: Section, body: string): string {
  const [open, close] = marks(section);
  const block = `${open}\n\n${body.trim()}\n\n${close}`;
  const at = text.indexOf(open);
  if (at >= 0) return text.slice(0, at) + block + text.slice(text.indexOf(close) + close.length);
  const next = order
    .slice(order.indexOf(section) + 1)
    .map((later) => text.indexOf(marks(later)[0]))
    .find((found) => found >= 0);
  return next === undefined
    ? `${text.trimEnd()}\n\n${block}\n`
    : `${text.slice(0, next)}${block}\n\n${text.slice(next)}`;
}

const marks = (section: Section): readonly [string, string] => [
  `<!-- ${section} -->`,
  `<!-- /${section} -->`,
];

/** What else the machine had to do: processes that wanted to run in the last minute, on average. */
export const otherWork = (): number => loadavg()[0] ?? 0;

/** A section's text. `load` is what {@link otherWork} said before the run. */
export const sectionOf = (title: string, outcomes: readonly Outcome[], load: number): string =>
  [
    `## ${title}`,
    `${machine()}; ${new Date().toISOString().slice(0, 10)}. Load average before it began, so without it: ${load.toFixed(1)}.`,
    ...outcomes.flatMap(({ scenario, figures }) => [
      `### ${scenario.title}`,
      scenario.about,
      markdown(figures),
    ]),
  ].join("\n\n");

function machine(): string {
  const cores = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${cores.length} x ${cores[0]?.model.trim() ?? arch()}, ${gib} GiB, ${platform()} ${release()}`;
}

/** Writes a section of `docs/reliability.md`, formatted as the repository's files are; answers its path. */
export async function writeSection(
  repository: string,
  section: Section,
  body: string,
): Promise<string> {
  const path = join(repository, "docs/reliability.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : beginning;
  const prettier = await import("prettier");
  const options = await prettier.resolveConfig(path);
  const filepath = path;
  const formatted = await prettier.format(withSection(text, section, body), {
    ...options,
    filepath,
  });
  writeFileSync(path, formatted);
  return "docs/reliability.md";
}
