import { describeContract } from "../support/describe-contract.js";
import { loopTransports } from "../support/loop-transport.js";
import { virtualPairHarness } from "../support/pair-harness.js";
import { serverContract } from "./server-contract.js";

describeContract(serverContract, () => virtualPairHarness({ transport: loopTransports() }));
