import { describe } from "@jest/globals";
import { clientContract } from "../../../test/contracts/client-contract.js";
import { mutualTls } from "../../../test/support/certificates.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { httpPairHarness } from "../../../test/support/http-pair-harness.js";

describeContract(clientContract, httpPairHarness());
describe("with mutual TLS", () => describeContract(clientContract, httpPairHarness(mutualTls)));
