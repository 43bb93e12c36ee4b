import { httpTransport } from "../../plugins/transport/http/index.js";
import { memoryHub, memoryTransport } from "../../plugins/transport/memory/index.js";
import type { PairParts } from "./pair-harness.js";

/** What the processes of a harness reach each other by. */
export type PairTransport = PairParts["transport"];

export const overMemory: PairTransport = () => {
  const hub = memoryHub();
  return () => memoryTransport({ hub });
};

export const overHttp: PairTransport = () => () => httpTransport();
