/** The door for tests of apps: many nodes in one process, on a virtual clock and network. */
export { Test } from "./cluster.js";
export type {
  ClusterBroker,
  ClusterLog,
  ClusterNetwork,
  ClusterOptions,
  TestCluster,
} from "./cluster.js";
