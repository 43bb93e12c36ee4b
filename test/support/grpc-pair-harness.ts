import { grpcClient } from "../../plugins/client/grpc/index.js";
import { grpcServer } from "../../plugins/server/grpc/index.js";
import type { PairHarness } from "../contracts/pair/harness.js";
import { socketPairHarness } from "./socket-pair-harness.js";

/** A harness whose processes speak gRPC. */
export const grpcPairHarness = (): Promise<PairHarness & AsyncDisposable> =>
  socketPairHarness({ client: grpcClient, server: grpcServer });
