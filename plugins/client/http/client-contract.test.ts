import { clientContract } from "../../../test/contracts/client-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { httpPairHarness } from "../../../test/support/http-pair-harness.js";

describeContract(clientContract, httpPairHarness);
