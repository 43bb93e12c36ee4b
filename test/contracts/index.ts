/** The contract suites: hold a plugin of yours to the clauses that ours keep. */
export { clause, contract, runClause } from "./clause.js";
export type { Clause, Contract, MakeHarness } from "./clause.js";
export { brokerContract, type BrokerHarness } from "./broker-contract.js";
export { clientContract, type PairHarness } from "./client-contract.js";
export { codecContract, type CodecHarness, type CodecSupports } from "./codec-contract.js";
export { registryContract, type RegistryHarness } from "./registry-contract.js";
export { selectorContract, type SelectorHarness } from "./selector-contract.js";
export { serverContract } from "./server-contract.js";
export { serviceContract, type ServiceHarness } from "./service-contract.js";
export { transportContract, type TransportHarness } from "./transport-contract.js";
