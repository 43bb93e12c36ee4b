import { expect, test } from "@jest/globals";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import type { CallOptions } from "../../../src/call/call-options.js";
import { engineNodes } from "../../support/pair-harness.js";
import { virtualWorld } from "../../support/virtual-environment.js";

/** Two nodes that serve `Card.Charge`, and a caller of both with a connection to each. */
async function setUp() {
  const world = virtualWorld();
  const { clock, network } = world;
  const make = engineNodes(world, { transport: () => () => httpTransport({ frames: false }) });
  const charged: { readonly by: number; readonly attempt: number }[] = [];
  const serving = async (by: number) => {
    const node = await make();
    node.server.handle(
      node.server.newHandler({
        service: { name: "card" },
        endpoint: "Card.Charge",
        handle: async (_request: never, { attempt }) => {
          charged.push({ by, attempt });
          return { by };
        },
      }),
    );
    await node.start();
    return node;
  };
  const nodes = [await serving(0), await serving(1)] as const;
  const caller = await make();
  const { client } = caller;
  const charge = async (options?: CallOptions): Promise<unknown> => {
    const call = client.call(client.newRequest("card", "Card.Charge", {}), options);
    call.catch(() => undefined);
    await clock.advance(1_000);
    return call;
  };
  const addresses = nodes.map(({ server }) => server.address);
  for (const address of addresses) await charge({ address });
  charged.length = 0;
  for (const node of nodes) network.latency(node.server.address.split(":")[0]!, 50);
  return {
    clock,
    nodes,
    addresses,
    charge,
    charged,
    [Symbol.asyncDispose]: async () => {
      const ends = Promise.all([...nodes, caller].map((node) => node.end()));
      await clock.advance(60_000);
      await ends;
    },
  };
}

test("a call over plain HTTP that crosses the stop of its idle connection runs once, elsewhere", async () => {
  await using bench = await setUp();
  const { clock, nodes, addresses, charge, charged } = bench;
  const stopping = nodes[0].server.stop();
  await clock.advance(20);
  // Not idempotent; one of two begins at the node that stops.
  for (let calls = 1; calls <= 2; calls++)
    expect(await charge({ address: addresses })).toEqual({ by: 1 });
  expect(charged).toHaveLength(2);
  expect(charged.some(({ attempt }) => attempt === 2)).toBe(true);
  await stopping;
});
