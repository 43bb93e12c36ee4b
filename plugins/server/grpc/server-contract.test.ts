import { describe } from "@jest/globals";
import { serverContract } from "../../../test/contracts/server-contract.js";
import { mutualTls } from "../../../test/support/certificates.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { grpcPairHarness } from "../../../test/support/grpc-pair-harness.js";

describeContract(serverContract, grpcPairHarness());
describe("with mutual TLS", () => describeContract(serverContract, grpcPairHarness(mutualTls)));
