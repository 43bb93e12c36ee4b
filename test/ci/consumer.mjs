// The package as a stranger meets it: packed, installed into projects outside the repository, compiled by plain tsc,
// run by plain Node as CommonJS and as ES modules, and by tsx, which emits no metadata.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "./shell.mjs";

const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "consumer-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const run = (cwd, command, ...args) =>
  execFileSync(command, args, {
    cwd,
    stdio: "inherit",
    timeout: 300_000,
    env: { ...process.env, MICRO_SERVER_ADDRESS: "127.0.0.1:0", MICRO_LOG_LEVEL: "warn" },
  });

run(repository, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", scratch);
const tarball = join(
  scratch,
  readdirSync(scratch).find((name) => name.endsWith(".tgz")),
);

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  isolatedModules: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  outDir: "dist",
  rootDir: ".",
};

for (const type of ["commonjs", "module"]) {
  const project = join(scratch, type);
  cpSync(join(repository, "test", "ci", "consumer"), project, { recursive: true });
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type }),
  );
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  );
  const wanted = ["typescript", "@types/node", "tsx"].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  run(project, "npm", "install", "--no-audit", "--no-fund", "--silent", tarball, ...wanted);
  run(project, join("node_modules", ".bin", "tsc"));
  console.log(`compiled as ${type}`);
  run(project, process.execPath, join("dist", "main.js"));
  run(project, process.execPath, join("dist", "fields.js"));
  run(project, join("node_modules", ".bin", "tsx"), "fields.ts");
}
console.log("the packed package works as CommonJS, as ES modules and under tsx");
