import { registryContract } from "../../../test/contracts/registry-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { virtualRegistryHarness } from "../../../test/support/registry-harness.js";
import { memoryRegistry, memoryRegistryHub } from "./index.js";

describeContract(registryContract, () =>
  virtualRegistryHarness(memoryRegistry({ hub: memoryRegistryHub() })),
);
