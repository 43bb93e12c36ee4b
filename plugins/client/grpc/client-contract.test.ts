import { clientContract } from "../../../test/contracts/client-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { grpcPairHarness } from "../../../test/support/grpc-pair-harness.js";

describeContract(clientContract, grpcPairHarness);
