import { serverContract } from "../../../test/contracts/server-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { grpcPairHarness } from "../../../test/support/grpc-pair-harness.js";

describeContract(serverContract, grpcPairHarness);
