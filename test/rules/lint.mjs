// Reads [{ filePath, code }] as JSON, lints each as if it stood at that path, and prints the
// findings as JSON. The rules that need types are off, for the files do not exist. ESLint imports
// its config as ESM, so it runs here, in a process of its own, and not inside Jest.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";

const cwd = resolve(import.meta.dirname, "../..");
const eslint = new ESLint({
  cwd,
  overrideConfig: { files: ["**/*.ts"], ...tseslint.configs.disableTypeChecked },
});

const findings = [];
for (const { filePath, code } of JSON.parse(readFileSync(0, "utf8"))) {
  const [result] = await eslint.lintText(code, { filePath: resolve(cwd, filePath) });
  findings.push(result?.messages.map(({ ruleId, message }) => ({ ruleId, message })) ?? []);
}
console.log(JSON.stringify(findings));
