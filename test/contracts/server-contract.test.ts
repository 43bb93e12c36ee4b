import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { loopTransports } from "../support/loop-transport.js";
import { virtualPairHarness } from "../support/pair-harness.js";
import { serverContract } from "./server-contract.js";
import { serverMutants, type PairMutant } from "./server-mutants.js";

const harness = (mutant?: PairMutant) => () =>
  virtualPairHarness({ transport: loopTransports() }, mutant?.broken);

describeContract(serverContract, harness());
describeMutants(serverContract, serverMutants, harness);
