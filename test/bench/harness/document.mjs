/** Keeps docs/performance.md: each kind of run and each Node major owns one section of it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, URL } from "node:url";

const file = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url));

const beginning = `# Performance

\`npm run bench\` and \`npm run bench:scale\` wrote the figures below. Absolute figures drift from run to run and from
machine to machine; what counts are ratios and CPU per call, all taken in the same run.

Server and client are two processes. Peers take turns in an order of chance, in several rounds, and the medians are
shown. A number of calls is kept outstanding on one client object; each reply is checked. CPU is user and system time
of both processes. "limit" is the yardstick: \`net\` with a length prefix, a call id, one write per turn, and protobufjs on
both sides; nothing else. "Plugboard" is a service class that calls nobody; "full" has two interceptors on each side
(one that awaits the next, one that passes the call on), two metadata entries, and a class that holds a client.
`;

const mark = (id) => [`<!-- ${id} -->`, `<!-- /${id} -->`];

/** The text with section `id` replaced, or added where sections of its kind are in order. */
export function withSection(text, id, section) {
  const [open, close] = mark(id);
  const block = `${open}\n\n${section.trim()}\n\n${close}`;
  const at = text.indexOf(open);
  if (at >= 0) return text.slice(0, at) + block + text.slice(text.indexOf(close) + close.length);
  const later = [...text.matchAll(/<!-- ([a-z]+:node\d+) -->/g)].find(([, other]) => other > id);
  if (!later) return `${text.trimEnd()}\n\n${block}\n`;
  return `${text.slice(0, later.index)}${block}\n\n${text.slice(later.index)}`;
}

/** Writes a section, formatted as the repository's files are. */
export async function writeSection(id, section) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : beginning;
  const prettier = await import("prettier");
  const options = await prettier.resolveConfig(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    await prettier.format(withSection(text, id, section), { ...options, filepath: file }),
  );
  return "docs/performance.md";
}
