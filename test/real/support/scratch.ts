import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory for one test. */
export interface Scratch {
  readonly path: string;
  remove(): void;
}

const living = new Set<Scratch>();
process.once("exit", () => living.forEach((scratch) => scratch.remove()));

/** Makes a directory that is gone, at the latest, when this process ends. */
export function scratchDirectory(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "plugboard-"));
  const scratch = {
    path,
    remove: () => {
      living.delete(scratch);
      rmSync(path, { recursive: true, force: true });
    },
  };
  living.add(scratch);
  return scratch;
}
