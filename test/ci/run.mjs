// What `.ci/run` does. Each step runs whatever became of the one before. A test run counts test by
// test, every other step counts as one.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { checks, heading, repository, run } from "./shell.mjs";

const newerNode = "24.21.0";

const scratch = mkdtempSync(join(tmpdir(), "ci-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

let passed = 0;
const failures = [];
const skipped = [];

/** Runs a step that either holds or does not. */
async function step(title, command, args, options) {
  heading(title);
  const fault = await run(command, args, options);
  if (fault === undefined) passed += 1;
  else failures.push(`${title}: ${fault}`);
  return fault === undefined;
}

/** Runs Jest and counts its tests; `args` are the command line up to Jest's own options. */
async function tests(title, command, args, options) {
  heading(title);
  const file = join(scratch, `${title.replace(/\W+/g, "-")}.json`);
  const fault = await run(command, [...args, "--json", `--outputFile=${file}`], options);
  const before = failures.length;
  if (existsSync(file)) count(title, JSON.parse(readFileSync(file, "utf8")));
  if (fault !== undefined && failures.length === before) failures.push(`${title}: ${fault}`);
  else if (!existsSync(file)) failures.push(`${title}: no results`);
}

function count(title, { testResults }) {
  if (testResults.length === 0) failures.push(`${title}: no tests found`);
  for (const { name, status, assertionResults } of testResults) {
    const suite = `${title}: ${relative(repository, name)}`;
    const failed = assertionResults.filter((test) => test.status === "failed");
    passed += assertionResults.filter((test) => test.status === "passed").length;
    failures.push(...failed.map((test) => `${suite}: ${test.fullName}`));
    if (status === "failed" && failed.length === 0) failures.push(`${suite}: did not run`);
    skipped.push(
      ...assertionResults
        .filter((test) => test.status !== "passed" && test.status !== "failed")
        .map((test) => `${suite}: ${test.fullName}`),
    );
  }
}

/** The path of Node `newerNode`, from npm; undefined if it could not be had. */
async function fetchNode() {
  const prefix = join(scratch, "node");
  const install = (name) =>
    run(
      "npm",
      [
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
        prefix,
        `${name}@${newerNode}`,
      ],
      { cwd: scratch, minutes: 10 },
    );
  const platform = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  // The package "node" fills its bin with a script, which npm may have been told not to run; the
  // package of the platform has the file itself.
  for (const name of ["node", platform]) {
    const path = join(prefix, "node_modules", name, "bin", "node");
    const fault = await install(name);
    if (fault === undefined && existsSync(path)) return path;
  }
  return undefined;
}

await step("npm ci", "npm", ["ci", "--no-audit", "--no-fund"]);
await step("npm start -- --once", "npm", ["start", "--", "--once"], { minutes: 5 });
await tests(`npm test on Node ${process.versions.node}`, "npm", ["test", "--"]);
await tests("npm run test:real", "npm", ["run", "test:real", "--"], { minutes: 60 });

const onNewer = `npm test on Node ${newerNode}`;
heading(`Node ${newerNode}`);
const node = await fetchNode();
if (node === undefined) {
  failures.push(`${onNewer}: npm could not install Node ${newerNode}`);
} else {
  await tests(onNewer, node, ["node_modules/jest/bin/jest.js"], {
    env: { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
}

for (const name of checks) await step(`npm run ${name}`, "npm", ["run", "--silent", name]);

console.log("");
for (const test of skipped) console.log(`skipped: ${test}`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
