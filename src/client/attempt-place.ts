import { Canceled } from "../base/errors.js";
import type { ServiceNode } from "../registry/registry.js";

/** Where attempts stand that are not a call's only ones. */
export interface AttemptPlace {
  /** Attempts of the call made before. */
  readonly before: number;
  /** Nodes that have been tried, which are avoided. */
  readonly tried: Set<string>;
  /** Whether an attempt may be made on this node; if not, it ends with {@link noOtherNode}. */
  accepts(node: ServiceNode): boolean;
}

/** Ends an attempt whose node was not accepted. */
export const noOtherNode = new Canceled("there is no other node to make another attempt on", {
  id: "plugboard.client",
  reason: "client.hedged",
  retry: "never",
});
