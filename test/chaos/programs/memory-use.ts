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

/** Looks at this process. */
export function memoryUse(): MemoryUse {
  if (typeof gc === "function") gc();
  const { rss, heapUsed } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    sockets: resources.filter((name) => name === "TCPSocketWrap").length,
    handles: resources.length,
  };
}
