/** What a process holds once everything that can be collected is gone. Needs `--expose-gc`. */
import { setTimeout as sleep } from "node:timers/promises";

export const collecting = { execArgv: ["--expose-gc"] };

/** Bytes in use: `{ heap, rss }`, heap with what it holds outside. */
export async function settled() {
  for (let round = 0; round < 3; round++) {
    await sleep(50);
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
