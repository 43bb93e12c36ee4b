import { expect, test } from "@jest/globals";
import { transportContract } from "../../../test/contracts/transport-contract.js";
import { describeContract } from "../../../test/support/describe-contract.js";
import { transportHarness } from "../../../test/support/transport-harness.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings, memoryHub, memoryTransport } from "./index.js";

describeContract(
  transportContract,
  transportHarness(
    () => memoryTransport(),
    () => virtualWorld().environment(),
    { address: ":0" },
  ),
);

const create = (options?: Parameters<typeof memoryTransport>[0]) =>
  memoryTransport(options).create(virtualWorld().environment());

test("transports of one hub reach each other, those of two do not", async () => {
  const hub = memoryHub();
  const [one, two, other] = [await create({ hub }), await create({ hub }), await create()];
  const listener = await one.listen(":0");
  expect(listener.address).toBe("memory:1");
  listener.accept(() => undefined);
  await expect(two.dial(listener.address)).resolves.toMatchObject({ capacity: 1_000 });
  await expect(other.dial(listener.address)).rejects.toMatchObject({
    reason: "transport.connect-failed",
    id: "plugboard.transport.memory",
  });
  await Promise.all([one.close(), two.close(), other.close()]);
});

test("a listener takes maxConnections clients, and one more when one leaves", async () => {
  const transport = await create();
  const { address } = await transport.listen("here:9", { maxConnections: 1 });
  const client = await transport.dial(address);
  await expect(transport.dial(address)).rejects.toMatchObject({ retry: "safe" });
  await client.close();
  await expect(transport.dial(address)).resolves.toMatchObject({ closed: false });
  await transport.close();
});

test("what cannot be listened on or dialled says so", async () => {
  const transport = await create();
  await expect(transport.listen("nonsense")).rejects.toThrow("it is not host:port");
  await transport.close();
  await expect(transport.listen(":0")).rejects.toMatchObject({ reason: "transport.closed" });
});

test("options are checked where they are given", () => {
  expect(() => memoryTransport({ capacity: 0 })).toThrow("memoryTransport.capacity");
  expect(fromSettings({ addresses: [] }).name).toBe("memory");
});
