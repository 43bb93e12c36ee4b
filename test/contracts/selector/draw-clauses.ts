import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { clause, type Clause } from "../clause.js";
import type { SelectorHarness } from "./harness.js";
import { drawnIds, idsOf, nodeOf, recordOf, refuses, service, threeNodes } from "./samples.js";

const endpoint = (name: string) => ({ name, metadata: {} });

/** What may be drawn. */
export const drawClauses: readonly Clause<SelectorHarness>[] = [
  clause("each node is drawn, with the record that it came from", async (harness) => {
    const { registry, selector } = harness;
    await registry.register(recordOf([nodeOf("a")], { version: "1.0.0" }));
    await registry.register(recordOf([nodeOf("b"), nodeOf("c")], { version: "2.0.0" }));
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    const next = await selector.select(service);
    for (let count = 0; count < 50; count++) {
      const drawn = next();
      equal(drawn.service.version, drawn.node.id === "a" ? "1.0.0" : "2.0.0");
      equal(drawn.service.name, service);
    }
  }),
  clause("a node that comes is drawn, one that goes is not", async (harness) => {
    const { registry, eventually } = harness;
    await registry.register(recordOf([nodeOf("a")]));
    deepEqual(await idsOf(harness), ["a"]);
    await registry.register(recordOf([nodeOf("b")]));
    await eventually(async () => deepEqual(await idsOf(harness), ["a", "b"]));
    await registry.deregister(recordOf([nodeOf("a")]));
    await eventually(async () => deepEqual(await idsOf(harness), ["b"]));
  }),
  clause("once known, a service is selected without a promise", async (harness) => {
    await threeNodes(harness);
    await harness.selector.select(service);
    ok(!(harness.selector.select(service) instanceof Promise));
  }),
  clause("the version asked for is drawn alone", async (harness) => {
    await harness.registry.register(recordOf([nodeOf("a")], { version: "1.0.0" }));
    await harness.registry.register(recordOf([nodeOf("b")], { version: "2.0.0" }));
    deepEqual(await idsOf(harness), ["a", "b"]);
    deepEqual(await idsOf(harness, { version: "2.0.0" }), ["b"]);
    deepEqual(await idsOf(harness, { version: "1.0.0" }), ["a"]);
  }),
  clause("nodes with all of the labels asked for are drawn alone", async (harness) => {
    const nodes = [
      nodeOf("a", { zone: "x", tier: "1" }),
      nodeOf("b", { zone: "x", tier: "2" }),
      nodeOf("c", { tier: "1" }),
    ];
    await harness.registry.register(recordOf(nodes));
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    deepEqual(await idsOf(harness, { labels: { zone: "x" } }), ["a", "b"]);
    deepEqual(await idsOf(harness, { labels: { zone: "x", tier: "1" } }), ["a"]);
  }),
  clause("nodes that say another protocol are not drawn, silent ones are", async (harness) => {
    const nodes = [
      nodeOf("a", { protocol: "mucp" }),
      nodeOf("b", { protocol: "grpc" }),
      nodeOf("c"),
    ];
    await harness.registry.register(recordOf(nodes));
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    deepEqual(await idsOf(harness, { protocols: ["mucp"] }), ["a", "c"]);
    deepEqual(await idsOf(harness, { protocols: ["mucp", "grpc"] }), ["a", "b", "c"]);
  }),
  clause("versions without the endpoint are not drawn, silent ones are", async (harness) => {
    const versions = [
      recordOf([nodeOf("a")], { version: "1", endpoints: [endpoint("Say.Hello")] }),
      recordOf([nodeOf("b")], { version: "2", endpoints: [endpoint("Say.Bye")] }),
      recordOf([nodeOf("c")], { version: "3" }),
    ];
    for (const record of versions) await harness.registry.register(record);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    deepEqual(await idsOf(harness, { endpoint: "Say.Hello" }), ["a", "c"]);
  }),
  clause(
    "filters of the caller's own run last, each on what the one before left",
    async (harness) => {
      const nodes = [nodeOf("a", { zone: "x" }), nodeOf("b", { zone: "x" }), nodeOf("c")];
      await harness.registry.register(recordOf(nodes));
      deepEqual(await idsOf(harness), ["a", "b", "c"]);
      const seen: string[] = [];
      const without = (id: string) => (records: readonly ReturnType<typeof recordOf>[]) => {
        seen.push(records.flatMap((record) => record.nodes.map((node) => node.id)).join());
        return records.map((record) => ({
          ...record,
          nodes: record.nodes.filter((node) => node.id !== id),
        }));
      };
      const filters = [without("z"), without("a")];
      deepEqual(await idsOf(harness, { labels: { zone: "x" }, filters }), ["b"]);
      deepEqual([...new Set(seen)].sort(), ["a,b"]);
    },
  ),
  clause("excluded nodes are avoided while another is left", async (harness) => {
    await threeNodes(harness);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    deepEqual(await idsOf(harness, {}, new Set(["a"])), ["b", "c"]);
    deepEqual(await idsOf(harness, {}, new Set(["a", "b"])), ["c"]);
  }),
  clause("when every node is excluded one is drawn all the same", async (harness) => {
    const { a, b, c } = await threeNodes(harness);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    const next = await harness.selector.select(service);
    ok(drawnIds(next, new Set([a.id, b.id, c.id])).size > 0);
  }),
  clause("a service of which nobody heard is NotFound, safe to try again", async (harness) => {
    await refuses(harness, {}, 404, "selector.not-found");
    const error = await Promise.resolve()
      .then(() => harness.selector.select(service))
      .catch((caught: unknown) => caught);
    equal((error as { readonly retry?: unknown }).retry, "safe");
  }),
  clause("filters that leave nothing are Unavailable, and named", async (harness) => {
    await threeNodes(harness);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    const tries = [
      [{ version: "9.9.9" }, "9.9.9"],
      [{ labels: { zone: "nowhere" } }, "zone=nowhere"],
    ] as const;
    for (const [options, named] of tries) {
      await refuses(harness, options, 503, "selector.empty");
      const error = await Promise.resolve()
        .then(async () => (await harness.selector.select(service, options))())
        .catch((caught: unknown) => caught);
      ok((error as Error).message.includes(named), `${String(error)} names ${named}`);
    }
    await refuses(harness, { filters: [() => []] }, 503, "selector.empty");
  }),
  clause("what does not fit one call fits the next", async (harness) => {
    await harness.registry.register(recordOf([nodeOf("a")], { version: "1.0.0" }));
    await refuses(harness, { version: "2.0.0" }, 503, "selector.empty");
    const next = await harness.selector.select(service, { version: "1.0.0" });
    notEqual(next().node.id, undefined);
  }),
];
