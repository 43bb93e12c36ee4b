import { deliveryClauses } from "./broker/delivery-clauses.js";
import type { BrokerHarness } from "./broker/harness.js";
import { lifecycleClauses } from "./broker/lifecycle-clauses.js";
import { orderClauses } from "./broker/order-clauses.js";
import { retryClauses } from "./broker/retry-clauses.js";
import { contract, type Contract } from "./clause.js";

export type { BrokerHarness } from "./broker/harness.js";

/** What every broker promises. Clauses on a capability hold by default for brokers without it. */
export const brokerContract: Contract<BrokerHarness> = contract("a broker", [
  ...deliveryClauses,
  ...retryClauses,
  ...orderClauses,
  ...lifecycleClauses,
]);
