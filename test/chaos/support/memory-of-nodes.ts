import type { MemoryUse } from "../programs/memory-use.js";
import type { World } from "./world.js";

/** What all nodes together hold, after a collection. */
export async function memoryOfNodes({ nodes }: World): Promise<MemoryUse> {
  const uses: MemoryUse[] = [];
  // One after the other: collections stop a process, and somebody has to answer the calls.
  for (const { program } of nodes) uses.push(await program.ask<MemoryUse>("memory"));
  const sum = (of: (use: MemoryUse) => number): number =>
    uses.reduce((total, use) => total + of(use), 0);
  return {
    rssBytes: sum(({ rssBytes }) => rssBytes),
    heapBytes: sum(({ heapBytes }) => heapBytes),
    sockets: sum(({ sockets }) => sockets),
    handles: sum(({ handles }) => handles),
  };
}
