import { openCluster } from "./cluster.js";
import type { ClusterOptions, TestCluster } from "./test-cluster.js";

/** Makes clusters. */
export const Test = {
  /** Starts an empty cluster: `await using cluster = await Test.cluster()`. */
  cluster: (options: ClusterOptions = {}): Promise<TestCluster> => openCluster(options),
};
