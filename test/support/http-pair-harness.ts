import { httpClient } from "../../plugins/client/http/index.js";
import { httpServer } from "../../plugins/server/http/index.js";
import type { PairHarness } from "../contracts/pair/harness.js";
import { socketPairHarness } from "./socket-pair-harness.js";

/** A harness whose processes speak plain HTTP. */
export const httpPairHarness = (): Promise<PairHarness & AsyncDisposable> =>
  socketPairHarness({ client: httpClient, server: httpServer });
