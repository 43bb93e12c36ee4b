import { describe } from "@jest/globals";
import { silentLogger } from "../../../src/spi.js";
import { transportContract } from "../../../test/contracts/transport-contract.js";
import { mutualTls, serverTls } from "../../../test/support/certificates.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { transportHarness } from "../../../test/support/transport-harness.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { realEnvironment } from "../../standard/environment.js";
import { httpTransport } from "./index.js";

describe("over sockets", () => {
  const real = () => realEnvironment({ logger: silentLogger });
  describeContract(transportContract, transportHarness(httpTransport, real));
});

describe.each([
  ["TLS", serverTls],
  ["mutual TLS", mutualTls],
])("over sockets with %s", (_name, tls) => {
  const real = () => realEnvironment({ logger: silentLogger });
  const plugin = () => httpTransport({ tls });
  describeContract(transportContract, transportHarness(plugin, real));
});

describe("over the virtual network", () => {
  const virtual = () => virtualWorld().environment();
  describeContract(transportContract, transportHarness(httpTransport, virtual));
});

describe("over the virtual network, in small pieces", () => {
  const pieces = () => virtualWorld({ pieceBytes: 997 }).environment();
  describeContract(transportContract, transportHarness(httpTransport, pieces));
});
