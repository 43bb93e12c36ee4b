import { frameFloods } from "./frame-floods.js";
import { http2Floods } from "./http2-floods.js";
import { httpFloods } from "./http-floods.js";
import type { Scenario } from "./scenario.js";
import { slowPeers } from "./slow-peers.js";

/** All scenarios, in the order that they run in. */
export const scenarios: readonly Scenario[] = [
  ...slowPeers,
  ...httpFloods,
  ...frameFloods,
  ...http2Floods,
];
