import { pause } from "../support/pause.js";

/** What a process holds. */
export interface MemoryUse {
  readonly rssBytes: number;
  /** After a collection, where the process was started with `--expose-gc`. */
  readonly heapBytes: number;
  /** Open sockets of TCP. */
  readonly sockets: number;
  /** Everything that libuv has open or under way, timers included. */
  readonly handles: number;
}

declare const gc: (() => void) | undefined;

/** Collections, and milliseconds before each, so that what ended late is collected as well. */
const collections = 4;
const restMs = 50;

/** Looks at this process. */
export async function memoryUse(): Promise<MemoryUse> {
  if (typeof gc === "function")
    for (let round = 0; round < collections; round++) {
      await pause(restMs);
      gc();
    }
  const { rss, heapUsed } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    sockets: resources.filter((name) => name === "TCPSocketWrap").length,
    handles: resources.length,
  };
}
