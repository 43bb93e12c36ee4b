import { deliveryMutants } from "./broker/delivery-mutants.js";
import { lifecycleMutants } from "./broker/lifecycle-mutants.js";
import type { BrokerMutant } from "./broker/mutant.js";
import { orderMutants } from "./broker/order-mutants.js";
import { retryMutants } from "./broker/retry-mutants.js";

export type { BrokerMutant } from "./broker/mutant.js";

/** Broken brokers, at least one for every clause: whoever changes a clause sees that it still bites. */
export const brokerMutants: readonly BrokerMutant[] = [
  ...deliveryMutants,
  ...retryMutants,
  ...orderMutants,
  ...lifecycleMutants,
];
