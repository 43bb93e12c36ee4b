import { grpcClient } from "../../plugins/client/grpc/index.js";
import { grpcServer } from "../../plugins/server/grpc/index.js";
import type { TlsOptions } from "../../src/base/tls.js";
import type { PairHarness } from "../contracts/pair/harness.js";
import { overMemory } from "./pair-transports.js";
import { socketPairHarness } from "./socket-pair-harness.js";

/** A harness whose processes speak gRPC. */
export const grpcPairHarness = (tls?: TlsOptions) => (): Promise<PairHarness & AsyncDisposable> =>
  socketPairHarness({
    transport: overMemory,
    client: (options) => grpcClient({ ...options, ...(tls && { tls }) }),
    server: (options) => grpcServer({ ...options, ...(tls && { tls }) }),
  });
