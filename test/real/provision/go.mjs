// The programs in Go, built by the Go tool and kept by the hash of their sources.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { dockerAnswers, firstThatWorks, installDebian, onPath, output } from "./attempts.mjs";

const sources = resolve(import.meta.dirname, "../go");
const image = "golang:1.26";
/** Oldest Go that builds every program, or gets itself a newer one that does. */
const oldest = [1, 24];

/** `{ v1: path, ... }`: a program a folder, for each major version of go-micro. */
export async function provisionGo({ cache, log }) {
  const majors = readdirSync(sources)
    .filter((name) => /^v\d+$/.test(name))
    .sort();
  const programs = {};
  let build;
  for (const major of majors) {
    const folder = join(sources, major);
    const target = join(cache, "go", `${major}-${hashOf(folder)}`);
    if (!existsSync(target)) {
      build ??= (await goTool({ cache, log })).build;
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

/**
 * The Go tool: `build(folder, target, pack)` builds a package, by default the folder's own, into a file;
 * `moduleFolder(folder, module)` answers where a module that the folder uses is kept.
 */
export const goTool = ({ cache, log }) =>
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
  return {
    build: (folder, target, pack = ".") =>
      output(go, ["build", "-trimpath", "-o", target, pack], { cwd: folder, minutes: 20 }),
    moduleFolder: async (folder, module) =>
      (await output(go, ["list", "-m", "-f", "{{.Dir}}", module], { cwd: folder })).trim(),
  };
}

function inDocker(moduleCache) {
  const inside = (folder, mounts, args) =>
    output("docker", [
      ...["run", "--rm", "-w", "/source"],
      ...[`${folder}:/source:ro`, `${moduleCache}:/go`, ...mounts].flatMap((each) => ["-v", each]),
      ...[image, "go", ...args],
    ]);
  return {
    build: (folder, target, pack = ".") =>
      inside(
        folder,
        [`${resolve(target, "..")}:/target`],
        ["build", "-trimpath", "-o", `/target/${target.split("/").at(-1)}`, pack],
      ),
    moduleFolder: async (folder, module) => {
      const found = await inside(folder, [], ["list", "-m", "-f", "{{.Dir}}", module]);
      return found.trim().replace(/^\/go\//, `${moduleCache}/`);
    },
  };
}

/** Of names and contents of everything below the folder that Go reads. */
export function hashOf(folder) {
  const hash = createHash("sha256");
  for (const path of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const file = join(folder, path);
    if (/\.go$|^go\.(mod|sum)$/.test(path)) hash.update(path).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}
