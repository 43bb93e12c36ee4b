import type { MemoryListener } from "./memory-listener.js";

/** Addresses that memory transports share: those of one hub reach each other. */
export interface MemoryHub {
  /** What listens, by address. */
  readonly listeners: Map<string, MemoryListener>;
  /** A port that was not given out before. */
  readonly nextPort: () => number;
}

/** A hub without listeners. */
export function memoryHub(): MemoryHub {
  let port = 0;
  return { listeners: new Map(), nextPort: () => ++port };
}
