import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { loopTransports } from "../support/loop-transport.js";
import { virtualPairHarness } from "../support/pair-harness.js";
import { clientContract } from "./client-contract.js";
import { clientMutants, type PairMutant } from "./client-mutants.js";

const harness = (mutant?: PairMutant) => () =>
  virtualPairHarness({ transport: loopTransports() }, mutant?.broken);

describeContract(clientContract, harness());
describeMutants(clientContract, clientMutants, harness);
