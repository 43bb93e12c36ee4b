import { describe } from "@jest/globals";
import { clientContract } from "../../../test/contracts/client-contract.js";
import { mutualTls } from "../../../test/support/certificates.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { grpcPairHarness } from "../../../test/support/grpc-pair-harness.js";

describeContract(clientContract, grpcPairHarness());
describe("with mutual TLS", () => describeContract(clientContract, grpcPairHarness(mutualTls)));
