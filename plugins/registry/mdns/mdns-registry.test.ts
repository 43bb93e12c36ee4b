import { describe } from "@jest/globals";
import { silentLogger } from "../../../src/spi.js";
import { registryContract } from "../../../test/contracts/registry-contract.js";
import { describeContract, type Skips } from "../../../test/support/describe-contract.js";
import {
  realRegistryHarness,
  virtualRegistryHarness,
} from "../../../test/support/registry-harness.js";
import { realEnvironment } from "../../standard/environment.js";
import { mdnsRegistry } from "./index.js";

const skip: Skips = {
  "the metadata of a service is found by a peer":
    "go-micro's TXT record has the metadata of the node and none of the service",
};

describe("in a virtual network", () => {
  describeContract(registryContract, () => virtualRegistryHarness(mdnsRegistry()), { skip });
});

describe("over real multicast on the loopback interface", () => {
  const port = 20_000 + (process.pid % 20_000);
  const plugin = mdnsRegistry({ port, multicastInterface: "127.0.0.1" });
  const environment = realEnvironment({ logger: silentLogger });
  describeContract(
    registryContract,
    () => realRegistryHarness(plugin, environment, { prefix: `s${port}`, shortestTtlMs: 700 }),
    { skip },
  );
});
