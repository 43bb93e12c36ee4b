/** `npm run bench:scale`: what grows with the size of an installation, and how. */
import { chosen, readArguments } from "./harness/arguments.mjs";
import { writeSection } from "./harness/document.mjs";
import { machine, nodeMajor, today } from "./harness/machine.mjs";
import { columns, markdown } from "./harness/table.mjs";
import * as app from "./scale/app.mjs";
import * as connections from "./scale/connections.mjs";
import * as copies from "./scale/copies.mjs";
import * as metadata from "./scale/metadata.mjs";
import * as selector from "./scale/selector.mjs";
import * as streams from "./scale/streams.mjs";

const parts = [selector, app, connections, streams, metadata, copies];

const usage = `npm run bench:scale [-- options]

Measures Plugboard at sizes that grow tenfold: nodes, services, connections, streams, metadata, copies of objects.

  --parts a,b  only these: ${parts.map(({ id }) => id).join(", ")}
  --write      put the figures into docs/performance.md; needs all parts
  --help       print this`;

const options = readArguments(usage, { parts: { type: "string" }, write: { type: "boolean" } });
const measured = chosen("parts", options.parts, parts);

console.log(`${machine()}\n`);
const results = [];
let failed = false;
for (const { title, note, measure } of measured) {
  console.log(`${title}\n${note}`);
  try {
    const lines = await measure((line) => console.log(`  ${line.join(" | ")}`));
    console.log(`\n${columns(lines)}\n`);
    results.push({ title, note, lines });
  } catch (error) {
    failed = true;
    console.error(`  failed: ${error.message}\n`);
  }
}

if (options.write && !failed && measured.length === parts.length) {
  const section = [
    `## Scale, Node ${nodeMajor}`,
    `${machine()}. ${today()}.`,
    ...results.flatMap(({ title, note, lines }) => [`### ${title}`, note, markdown(lines)]),
  ].join("\n\n");
  console.log(`wrote ${await writeSection(`scale:node${nodeMajor}`, section)}`);
} else if (options.write) console.error("nothing written: that needs all parts, without a failure");
process.exit(failed ? 1 : 0);
