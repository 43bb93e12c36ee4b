import { memoryTransport } from "../../plugins/transport/memory/index.js";
import type { Transport } from "../../src/spi.js";
import { describeContract } from "../support/describe-contract.js";
import { describeMutants } from "../support/describe-mutants.js";
import { transportHarness } from "../support/transport-harness.js";
import { virtualWorld } from "../support/virtual-environment.js";
import { transportContract } from "./transport-contract.js";
import { mutantPlugin, transportMutants } from "./transport-mutants.js";
import {
  withAccepted,
  withClient,
  withDialled,
  withListener,
  withTransport,
} from "./transport/mutant.js";

const nothing = (): object => ({});
const unbroken = {
  name: "has nothing broken",
  kills: "",
  mutate: (transport: Transport) =>
    [
      withAccepted(nothing),
      withDialled(nothing),
      withClient(nothing),
      withListener(nothing),
    ].reduce((wrapped, wrap) => wrap(wrapped), withTransport(transport, {})),
};

// So a mutant dies of what it breaks, and not of how it is made.
describeContract(
  transportContract,
  transportHarness(
    () => mutantPlugin(unbroken, memoryTransport()),
    () => virtualWorld().environment(),
    { address: ":0" },
  ),
);

// That the sound transport keeps every clause is shown beside the plugin itself.
describeMutants(transportContract, transportMutants, (mutant) =>
  transportHarness(
    () => mutantPlugin(mutant, memoryTransport()),
    () => virtualWorld().environment(),
    { address: ":0", patienceMs: 250 },
  ),
);
