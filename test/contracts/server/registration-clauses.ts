import { deepEqual, equal, ok } from "node:assert/strict";
import type { ServiceRecord } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { PairHarness } from "../pair/harness.js";
import { answer, failureOf, recordsOf, serve, stream } from "../pair/tools.js";

const handle = async (): Promise<unknown> => ({});

/** The one record of a service. */
async function recordOf(harness: PairHarness, service: string): Promise<ServiceRecord> {
  const records = await recordsOf(harness, service);
  equal(records.length, 1, `records of ${service}`);
  return records[0]!;
}

const facts = ({ endpoints }: ServiceRecord) =>
  Object.fromEntries(endpoints.map(({ name, metadata }) => [name, { ...metadata }]));

/** What a registry is told. */
export const registrationClauses = [
  clause("a registered node says where and how to call it", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Greeter.Hello", handle);
    const { server } = harness;
    equal(server.address, "", "an address before the start");
    await server.start();
    deepEqual(await recordsOf(harness, service), []);
    await server.register();
    const record = await recordOf(harness, service);
    equal(record.version, "latest");
    equal(record.nodes.length, 1, "nodes");
    const { id, address, metadata } = record.nodes[0]!;
    ok(id.startsWith(`${service}-`) && id.length > service.length + 1, `the id is ${id}`);
    equal(address, server.address);
    ok(/^.+:[1-9]\d*$/.test(address), `the address is ${address}`);
    equal(metadata["protocol"], server.protocol);
    equal(server.protocol, harness.client.protocol);
    equal(metadata["server"], server.name);
    equal(metadata["registry"], harness.registry.name);
    equal(metadata["broker"], harness.broker.name);
    ok(metadata["transport"], "no transport");
  }),

  clause("each service of a process has its own record", async (harness: PairHarness) => {
    const { server } = harness;
    const [shop, bank] = [harness.service(), harness.service()];
    const add = (name: string, endpoint: string, more: object): void =>
      server.handle(server.newHandler({ service: { name, ...more }, endpoint, handle }));
    add(shop, "Shop.Buy", { version: "1.2.0", metadata: { zone: "a" } });
    add(bank, "Bank.Pay", { version: "3.0.0" });
    await harness.start();
    const records = [await recordOf(harness, shop), await recordOf(harness, bank)];
    deepEqual(
      records.map(({ version, endpoints }) => [version, endpoints.map(({ name }) => name)]),
      [
        ["1.2.0", ["Shop.Buy"]],
        ["3.0.0", ["Bank.Pay"]],
      ],
    );
    const nodes = records.map((record) => record.nodes[0]!);
    deepEqual(
      nodes.map(({ address, metadata }) => [address, metadata["zone"]]),
      [
        [server.address, "a"],
        [server.address, undefined],
      ],
    );
    ok(nodes[0]!.id !== nodes[1]!.id, "two services have one node id");
  }),

  clause("endpoints are advertised with what callers need", async (harness: PairHarness) => {
    const service = harness.service();
    const items = (): AsyncIterable<unknown> => stream({});
    serve(harness, service, "Shop.Plain", handle);
    serve(harness, service, "Shop.Again", handle, { idempotent: true, doc: "Does it again." });
    serve(harness, service, "Shop.Watch", items, { replyStream: true });
    serve(harness, service, "Shop.Upload", handle, { requestStream: true });
    serve(harness, service, "Shop.Talk", items, { requestStream: true, replyStream: true });
    await harness.start();
    deepEqual(facts(await recordOf(harness, service)), {
      "Shop.Plain": {},
      "Shop.Again": { idempotent: "true", description: "Does it again." },
      "Shop.Watch": { stream: "true" },
      "Shop.Upload": { stream: "true", "reply-stream": "false" },
      "Shop.Talk": { stream: "true" },
    });
  }),

  clause("handlers are listed by name, then subscribers", async (harness: PairHarness) => {
    const service = harness.service();
    for (const endpoint of ["Shop.Sell", "Shop.Buy"]) serve(harness, service, endpoint, handle);
    const topic = `${service}.ordered`;
    harness.server.subscribe(
      harness.server.newSubscriber({
        service: { name: service },
        topic,
        name: "Mailer.Welcome",
        handle,
      }),
    );
    await harness.start();
    const { endpoints } = await recordOf(harness, service);
    deepEqual(
      endpoints.map(({ name }) => name),
      ["Shop.Buy", "Shop.Sell", "Mailer.Welcome"],
    );
    deepEqual({ ...endpoints[2]!.metadata }, { subscriber: "true", topic });
  }),

  clause("internal handlers are not advertised", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Shop.Buy", handle);
    serve(harness, service, "Shop.Secret", handle, { internal: true });
    await harness.start();
    deepEqual(Object.keys(facts(await recordOf(harness, service))), ["Shop.Buy"]);
  }),

  clause("a deregistered node is found no more, and serves on", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", async (request) => request);
    await harness.start();
    await recordOf(harness, service);
    await harness.server.deregister();
    deepEqual(await recordsOf(harness, service), []);
    const { address } = harness.server;
    const request = { still: "here" };
    deepEqual(await answer(harness, service, "Echo.Say", request, { address }), request);
    await harness.server.deregister();
  }),

  clause("before its start a server does not register", async (harness: PairHarness) => {
    const service = harness.service();
    serve(harness, service, "Echo.Say", handle);
    equal((await failureOf(harness.server.register())).code, 503);
    deepEqual(await recordsOf(harness, service), []);
  }),
];
