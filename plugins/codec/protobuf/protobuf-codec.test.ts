import { describeContract } from "../../../test/support/describe-contract.js";
import { codecHarness } from "../../../test/support/codec-harness.js";
import { codecContract } from "../../../test/contracts/codec-contract.js";
import { protobufCodec } from "./index.js";

const supports = { messages: true, schemaless: false, envelope: false };
describeContract(codecContract(supports), codecHarness(protobufCodec(), supports));
