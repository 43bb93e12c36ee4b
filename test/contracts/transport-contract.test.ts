import { memoryTransport } from "../../plugins/transport/memory/index.js";
import { describeMutants } from "../support/describe-mutants.js";
import { transportHarness } from "../support/transport-harness.js";
import { virtualWorld } from "../support/virtual-environment.js";
import { transportContract } from "./transport-contract.js";
import { mutantPlugin, transportMutants } from "./transport-mutants.js";

// That the sound transport keeps every clause is shown beside the plugin itself.
describeMutants(transportContract, transportMutants, (mutant) =>
  transportHarness(
    () => mutantPlugin(mutant, memoryTransport()),
    () => virtualWorld().environment(),
    { address: ":0", patienceMs: 250 },
  ),
);
