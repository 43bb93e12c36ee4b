import { deepEqual, equal, ok } from "node:assert/strict";
import { clause, type Clause } from "../clause.js";
import type { RegistryHarness } from "./harness.js";
import { fullRecord, idsOf, nodeOf, plain, recordOf } from "./samples.js";

/** What is written can be read, by name, version and node id. */
export const recordClauses: readonly Clause<RegistryHarness>[] = [
  clause("what is registered is found by a peer, field by field", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const record = fullRecord(harness.service());
    equal((await peer.getService(record.name)).length, 0);
    await registry.register(record);
    await eventually(async () => deepEqual(plain(await peer.getService(record.name)), [record]));
  }),
  clause("the metadata of a service is found by a peer", async (harness) => {
    const peer = await harness.peer();
    const name = harness.service();
    const record = { ...recordOf(name, [nodeOf(`${name}-1`)]), metadata: { team: "ä" } };
    await harness.registry.register(record);
    await harness.eventually(async () => {
      const [found] = await peer.getService(name);
      deepEqual(plain(found?.metadata), { team: "ä" });
    });
  }),
  clause(
    "a registry finds what it registered itself",
    async ({ registry, service, eventually }) => {
      const record = fullRecord(service());
      await registry.register(record);
      await eventually(async () =>
        deepEqual(plain(await registry.getService(record.name)), [record]),
      );
    },
  ),
  clause("versions of a service come as records of their own", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)], "1.0.0"));
    await registry.register(recordOf(name, [nodeOf(`${name}-2`)], "2.0.0"));
    await eventually(async () => {
      const found = plain(await registry.getService(name));
      const versions = found.map(
        ({ version, nodes }) => `${version} ${nodes.map(({ id }) => id).join()}`,
      );
      deepEqual(versions.sort(), [`1.0.0 ${name}-1`, `2.0.0 ${name}-2`]);
    });
  }),
  clause("nodes of one version come as one record, whoever registered them", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const name = harness.service();
    await registry.register(recordOf(name, [nodeOf(`${name}-1`), nodeOf(`${name}-2`)]));
    await registry.register(recordOf(name, [nodeOf(`${name}-3`)]));
    await peer.register(recordOf(name, [nodeOf(`${name}-4`)]));
    await eventually(async () => {
      const found = await registry.getService(name);
      deepEqual(
        idsOf(found),
        [1, 2, 3, 4].map((n) => `${name}-${n}`),
      );
      equal(found.length, 1);
    });
  }),
  clause("registering an id again replaces the node", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const name = harness.service();
    const [id, other] = [`${name}-1`, nodeOf(`${name}-2`)];
    await registry.register(recordOf(name, [nodeOf(id, "127.0.0.1:1111", { a: "1" }), other]));
    await eventually(async () => deepEqual(idsOf(await peer.getService(name)), [id, other.id]));
    const changed = nodeOf(id, "127.0.0.1:2222", { b: "2" });
    await registry.register(recordOf(name, [changed]));
    await eventually(async () => {
      const nodes = plain(await peer.getService(name)).flatMap((record) => record.nodes);
      deepEqual(nodes.sort(byId), [changed, other]);
    });
  }),
  clause("a node that changes its version leaves the old one", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const node = nodeOf(`${name}-1`);
    const versions = async (): Promise<string[]> =>
      plain(await registry.getService(name)).map(({ version }) => version);
    await registry.register(recordOf(name, [node], "1.0.0"));
    await eventually(async () => deepEqual(await versions(), ["1.0.0"]));
    await registry.register(recordOf(name, [node], "2.0.0"));
    await eventually(async () => deepEqual(await versions(), ["2.0.0"]));
  }),
  clause("a deregistered node is gone, and no other", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const name = harness.service();
    const [one, two] = [nodeOf(`${name}-1`), nodeOf(`${name}-2`)];
    await registry.register(recordOf(name, [one, two]));
    await eventually(async () => deepEqual(idsOf(await peer.getService(name)), [one.id, two.id]));
    await registry.deregister(recordOf(name, [one]));
    await eventually(async () => deepEqual(idsOf(await peer.getService(name)), [two.id]));
  }),
  clause("deregistering what is not there does nothing", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    await registry.deregister(recordOf(name, [nodeOf(`${name}-1`)]));
    await registry.register(recordOf(name, [nodeOf(`${name}-2`)]));
    await registry.deregister(recordOf(name, [nodeOf(`${name}-1`)]));
    await eventually(async () => deepEqual(idsOf(await registry.getService(name)), [`${name}-2`]));
  }),
  clause("a service of which nobody heard is empty", async ({ registry, service }) => {
    equal((await registry.getService(service())).length, 0);
  }),
  clause("a service is not found by a part of its name", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const longer = `${name}-more`;
    await registry.register(recordOf(longer, [nodeOf(`${longer}-1`)]));
    await eventually(async () =>
      deepEqual(idsOf(await registry.getService(longer)), [`${longer}-1`]),
    );
    equal((await registry.getService(name)).length, 0);
  }),
  clause("services with nodes are listed, others are not", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const [one, two] = [harness.service(), harness.service()];
    const lists = async (name: string): Promise<boolean> =>
      (await peer.listServices()).includes(name);
    await registry.register(recordOf(one, [nodeOf(`${one}-1`), nodeOf(`${one}-2`)]));
    await registry.register(recordOf(two, [nodeOf(`${two}-1`)]));
    await eventually(async () => ok((await lists(one)) && (await lists(two))));
    await registry.deregister(recordOf(two, [nodeOf(`${two}-1`)]));
    await registry.deregister(recordOf(one, [nodeOf(`${one}-1`)]));
    await eventually(async () => ok(!(await lists(two))));
    ok(await lists(one), "a service with a node left is still listed");
  }),
  clause("names may hold dots, spaces and letters of any language", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const name = `go.micro.Grüße 世界_${harness.service()}`;
    const node = nodeOf(`${name}-ä.b c_1`);
    await registry.register(recordOf(name, [node]));
    await eventually(async () =>
      deepEqual(plain(await peer.getService(name)), [recordOf(name, [node])]),
    );
    await eventually(async () => ok((await peer.listServices()).includes(name)));
  }),
];

const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  left.id < right.id ? -1 : 1;
