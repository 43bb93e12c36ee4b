import { describe } from "@jest/globals";
import { serverContract } from "../../../test/contracts/server-contract.js";
import { mutualTls } from "../../../test/support/certificates.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { httpPairHarness } from "../../../test/support/http-pair-harness.js";

describeContract(serverContract, httpPairHarness());
describe("with mutual TLS", () => describeContract(serverContract, httpPairHarness(mutualTls)));
