import { httpClient } from "../../plugins/client/http/index.js";
import { httpServer } from "../../plugins/server/http/index.js";
import type { TlsOptions } from "../../src/base/tls.js";
import type { PairHarness } from "../contracts/pair/harness.js";
import { overMemory } from "./pair-transports.js";
import { socketPairHarness } from "./socket-pair-harness.js";

/** A harness whose processes speak plain HTTP. */
export const httpPairHarness = (tls?: TlsOptions) => (): Promise<PairHarness & AsyncDisposable> =>
  socketPairHarness({
    transport: overMemory,
    client: (options) => httpClient({ ...options, ...(tls && { tls }) }),
    server: (options) => httpServer({ ...options, ...(tls && { tls }) }),
  });
