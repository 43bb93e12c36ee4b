import type { Scenario } from "../support/scenario.js";
import { etcdOutage } from "./etcd-outage.js";
import { kill } from "./kill.js";
import { killedCaller } from "./killed-caller.js";
import { partition } from "./partition.js";
import { rollingRestart } from "./rolling-restart.js";
import { silentNode } from "./silent-node.js";
import { slowNode } from "./slow-node.js";

/** What a run without names does, in this order. */
export const scenarios: readonly Scenario[] = [
  rollingRestart,
  kill,
  etcdOutage,
  partition,
  silentNode,
  slowNode,
  killedCaller,
];
