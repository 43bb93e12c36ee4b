import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../programs/journal.js";

/** How often each id was noted, by kind of entry. */
export type Entries = Readonly<Record<Entry, ReadonlyMap<string, number>>>;

/** Reads what all programs of a folder have noted. */
export function readEntries(folder: string): Entries {
  const entries = {
    acknowledged: new Map<string, number>(),
    event: new Map<string, number>(),
    write: new Map<string, number>(),
  };
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".journal")) continue;
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const [kind, id] = line.split(" ");
      if (id === undefined) continue;
      const counts = entries[kind as Entry];
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return entries;
}
