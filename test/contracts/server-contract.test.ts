import { describe } from "@jest/globals";
import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { virtualPairHarness } from "../support/pair-harness.js";
import { socketPairHarness } from "../support/socket-pair-harness.js";
import { overHttp, overMemory, overTls, type PairTransport } from "../support/pair-transports.js";
import { serverContract } from "./server-contract.js";
import { serverMutants, type PairMutant } from "./server-mutants.js";

const harness = (transport: PairTransport, mutant?: PairMutant) => () =>
  virtualPairHarness({ transport }, mutant?.broken);

describe("over memory", () => describeContract(serverContract, harness(overMemory)));
describe("over http", () => describeContract(serverContract, harness(overHttp)));
describe("over mutual TLS", () =>
  describeContract(serverContract, () => socketPairHarness({ transport: overTls })));
describeMutants(serverContract, serverMutants, (mutant) => harness(overMemory, mutant));
