import { describe } from "@jest/globals";
import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { virtualServiceHarness } from "../support/pair-harness.js";
import { overHttp, overMemory, type PairTransport } from "../support/pair-transports.js";
import { serviceContract } from "./service-contract.js";
import { serviceMutants, type ServiceMutant } from "./service-mutants.js";

const harness = (transport: PairTransport, mutant?: ServiceMutant) => () =>
  virtualServiceHarness({ transport }, mutant?.broken);

describe("over memory", () => describeContract(serviceContract, harness(overMemory)));
describe("over http", () => describeContract(serviceContract, harness(overHttp)));
describeMutants(serviceContract, serviceMutants, (mutant) => harness(overMemory, mutant));
