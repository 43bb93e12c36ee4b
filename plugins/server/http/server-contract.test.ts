import { serverContract } from "../../../test/contracts/server-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { httpPairHarness } from "../../../test/support/http-pair-harness.js";

describeContract(serverContract, httpPairHarness);
