import { describe } from "@jest/globals";
import { describeContract } from "../support/describe-contract.js";
import { virtualServiceHarness } from "../support/pair-harness.js";
import { overHttp, overMemory, type PairTransport } from "../support/pair-transports.js";
import { serviceContract } from "./service-contract.js";

const harness = (transport: PairTransport) => () => virtualServiceHarness({ transport });

describe("over memory", () => describeContract(serviceContract, harness(overMemory)));
describe("over http", () => describeContract(serviceContract, harness(overHttp)));
