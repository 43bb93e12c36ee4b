/** The door for tests of apps: many nodes in one process, on a virtual clock and network. */
export { Test } from "./test.js";
export type { Delay } from "../support/delay.js";
export type { ClusterNetwork, ClusterPlace } from "./cluster-network.js";
export type { ModuleClass } from "./cluster-node.js";
export type {
  ClusterBroker,
  ClusterLog,
  ClusterOptions,
  ClusterUsage,
  TestCluster,
} from "./test-cluster.js";
