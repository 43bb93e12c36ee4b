// The doors of the package: every entry of "exports" that is there in dist, with `*` filled in.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

export const repository = resolve(import.meta.dirname, "../..");

/** Every door that was built, as `{ door: "./spi", types: "./dist/src/spi.d.ts" }`. */
export function builtDoors() {
  const { exports } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === "object")
    .flatMap(([door, { types }]) => (door.includes("*") ? fillIn(door, types) : [{ door, types }]))
    .filter(({ types }) => existsSync(join(repository, types)))
    .sort((a, b) => (a.door < b.door ? -1 : 1));
}

function fillIn(door, types) {
  const [before, after] = types.split("*");
  const folder = join(repository, before);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(after))
    .map((path) => path.slice(0, -after.length))
    .map((name) => ({ door: door.replace("*", name), types: types.replace("*", name) }));
}
