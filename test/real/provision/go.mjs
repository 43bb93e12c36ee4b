// The programs in Go, built by the Go tool and kept by the hash of their sources.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { dockerAnswers, firstThatWorks, installDebian, onPath, output } from "./attempts.mjs";

const sources = resolve(import.meta.dirname, "../go");
const image = "golang:1.26";
/** Oldest Go that builds every program. */
const oldest = [1, 24];

/** `{ v1: path, ... }`: a program a folder. */
export async function provisionGo({ cache, log }) {
  const majors = readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(sources, entry.name, "go.mod")))
    .map((entry) => entry.name)
    .sort();
  const programs = {};
  let build;
  for (const major of majors) {
    const folder = join(sources, major);
    const target = join(cache, "go", `${major}-${hashOf(folder)}`);
    if (!existsSync(target)) {
      build ??= await builder({ cache, log });
      mkdirSync(join(cache, "go"), { recursive: true });
      const start = Date.now();
      await build(folder, target);
      log(`go ${major}: built in ${((Date.now() - start) / 1_000).toFixed(0)} s`);
    }
    programs[major] = target;
  }
  log(`go: ${majors.join(", ")}`);
  return programs;
}

/** A function that builds a folder into a file. */
const builder = ({ cache, log }) =>
  firstThatWorks(
    "Go",
    {
      "go on PATH": () => withTool(onPath("go")),
      "Debian's package golang-go": async () =>
        (await installDebian(["golang-go"])) ? withTool(onPath("go")) : undefined,
      [`Docker's ${image}`]: async () =>
        (await dockerAnswers()) ? inDocker(join(cache, "go-docker")) : undefined,
    },
    log,
  );

async function withTool(go) {
  if (go === undefined) return undefined;
  const version = (await output(go, ["env", "GOVERSION"])).trim();
  const [major, minor] = version.replace("go", "").split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw new Error(`${version} is too old: the programs need Go ${oldest.join(".")} or later`);
  return (folder, target) =>
    output(go, ["build", "-trimpath", "-o", target, "."], { cwd: folder, minutes: 20 });
}

const inDocker = (moduleCache) => (folder, target) =>
  output("docker", [
    "run",
    "--rm",
    ...["-v", `${folder}:/source:ro`],
    ...["-v", `${resolve(target, "..")}:/target`],
    ...["-v", `${moduleCache}:/go`],
    ...["-w", "/source"],
    ...[image, "go", "build", "-trimpath", "-o", `/target/${target.split("/").at(-1)}`, "."],
  ]);

/** Of names and contents of everything below the folder. */
function hashOf(folder) {
  const hash = createHash("sha256");
  for (const path of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const file = join(folder, path);
    if (/\.go$|^go\.(mod|sum)$/.test(path)) hash.update(path).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}
