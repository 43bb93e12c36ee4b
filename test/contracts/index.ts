/** The contract suites: hold a plugin of yours to the clauses that ours keep. */
export { clause, contract, runClause, type Clause, type Contract, type MakeHarness } from "./clause.js";
export { brokerContract } from "./broker-contract.js";
