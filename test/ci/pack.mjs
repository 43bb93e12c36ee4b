// Packs what npm would publish and checks it: only what users need, and every door opens for
// require and for import, with its types. Needs a build; asks no network.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtDoors, repository } from "../api/doors.mjs";

const wanted = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|js\.map|d\.ts))$/;
const unwanted = /^dist\/samples\/|\.test\./;
const needed = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];

const bin = (path) => join(repository, "node_modules", path);
const windows = process.platform === "win32";

function check(title, script, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: repository,
    encoding: "utf8",
  });
  if (status === 0) return true;
  console.error(`${title}:\n${stdout}${stderr}`);
  return false;
}

const scratch = mkdtempSync(join(tmpdir(), "pack-"));
try {
  const output = execFileSync(
    windows ? "npm.cmd" : "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch],
    { cwd: repository, encoding: "utf8", shell: windows, stdio: ["ignore", "pipe", "ignore"] },
  );
  const [{ filename, files, size }] = JSON.parse(output);
  const tarball = join(scratch, filename);
  const paths = files.map(({ path }) => path);
  const doors = builtDoors();

  const faults = [
    ...paths
      .filter((path) => !wanted.test(path) || unwanted.test(path))
      .map((path) => `${path} does not belong in the package`),
    ...needed.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...doors
      .map(({ types }) => types.replace("./", ""))
      .filter((path) => !paths.includes(path))
      .map((path) => `${path}, a door, is missing`),
  ];
  for (const fault of faults) console.error(fault);

  const clean = [
    faults.length === 0,
    check("publint", bin("publint/src/cli.js"), ["run", tarball, "--strict"]),
    check("are the types wrong", bin("@arethetypeswrong/cli/dist/index.js"), [
      tarball,
      "--no-color",
      "--profile",
      "node16", // the resolution of Node 10 knows no "exports"
      "--entrypoints",
      ...doors.map(({ door }) => door),
    ]),
  ].every(Boolean);

  console.log(`${paths.length} files, ${doors.length} doors, ${Math.ceil(size / 1024)} kB packed`);
  if (!clean) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
