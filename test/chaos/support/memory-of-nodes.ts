import type { MemoryUse } from "../programs/memory-use.js";
import type { World } from "./world.js";

/** What all nodes together hold, after a collection. */
export async function memoryOfNodes({ nodes }: World): Promise<MemoryUse> {
  const uses = await Promise.all(nodes.map(({ program }) => program.ask<MemoryUse>("memory")));
  const sum = (of: (use: MemoryUse) => number): number =>
    uses.reduce((total, use) => total + of(use), 0);
  return {
    rssBytes: sum(({ rssBytes }) => rssBytes),
    heapBytes: sum(({ heapBytes }) => heapBytes),
    sockets: sum(({ sockets }) => sockets),
    handles: sum(({ handles }) => handles),
  };
}
