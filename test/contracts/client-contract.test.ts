import { describe } from "@jest/globals";
import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { virtualPairHarness } from "../support/pair-harness.js";
import { socketPairHarness } from "../support/socket-pair-harness.js";
import { overHttp, overMemory, overTls, type PairTransport } from "../support/pair-transports.js";
import { clientContract } from "./client-contract.js";
import { clientMutants, type PairMutant } from "./client-mutants.js";

const harness = (transport: PairTransport, mutant?: PairMutant) => () =>
  virtualPairHarness({ transport }, mutant?.broken);

describe("over memory", () => describeContract(clientContract, harness(overMemory)));
describe("over http", () => describeContract(clientContract, harness(overHttp)));
describe("over mutual TLS", () =>
  describeContract(clientContract, () => socketPairHarness({ transport: overTls })));
describeMutants(clientContract, clientMutants, (mutant) => harness(overMemory, mutant));
