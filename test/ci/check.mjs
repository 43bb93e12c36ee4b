// `npm run check`: every check and, through the coverage, every test. Goes on after a failure.
import { checks, heading, run } from "./shell.mjs";

const failed = [];
for (const name of checks) {
  heading(name);
  if (await run("npm", ["run", "--silent", name])) failed.push(name);
}
console.log(
  failed.length === 0
    ? `\n${checks.length} checks passed`
    : `\n${failed.length} of ${checks.length} checks failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
