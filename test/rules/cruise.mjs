// Cruises each folder named on the command line with the repository's own rules and prints, as
// JSON, the modules seen and the rules broken. dependency-cruiser is ESM only and reads the
// working directory, so it runs here, in a process of its own, and not inside Jest.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { cruise } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

const config = resolve(import.meta.dirname, "../../.dependency-cruiser.cjs");
const roots = ["index.ts", "src", "decorators", "plugins", "samples", "test"];

const reports = [];
for (const folder of process.argv.slice(2)) {
  process.chdir(folder);
  const { output } = await cruise(
    roots.filter((root) => existsSync(root)),
    { ...(await extractOptions(config)), outputType: "json" },
    {},
    { tsConfig: extractTSConfig("tsconfig.json") },
  );
  const { modules, summary } = JSON.parse(output);
  reports.push({
    modules: modules.map(({ source }) => source),
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  });
}
console.log(JSON.stringify(reports));
