import { deepEqual, ok } from "node:assert/strict";
import { BadRequest, Canceled, InternalServerError } from "../../../src/spi.js";
import { clause, type Clause } from "../clause.js";
import type { SelectorHarness } from "./harness.js";
import { drawnIds, idsOf, lost, nodeOf, recordOf, service, threeNodes } from "./samples.js";

const latencyMs = 1;

/** Milliseconds after which every node that is out has had its chance to come back. */
const pardonMs = 31_000;

/** What `mark` teaches. */
export const markClauses: readonly Clause<SelectorHarness>[] = [
  clause("a node whose connection failed is avoided", async (harness) => {
    const { a } = await threeNodes(harness);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    harness.selector.mark(service, a, { error: lost, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
  }),
  clause("a selection made before sees it too", async (harness) => {
    const { a } = await threeNodes(harness);
    const next = await harness.selector.select(service);
    deepEqual([...drawnIds(next)].sort(), ["a", "b", "c"]);
    harness.selector.mark(service, a, { error: lost, latencyMs });
    deepEqual([...drawnIds(next)].sort(), ["b", "c"]);
  }),
  clause("a node that keeps failing is avoided, one that failed once is not", async (harness) => {
    const { a, b } = await threeNodes(harness);
    const error = new InternalServerError("broken");
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    harness.selector.mark(service, b, { error, latencyMs });
    for (let count = 0; count < 5; count++) harness.selector.mark(service, a, { error, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
  }),
  clause("mistakes of the caller and cancelled calls count against no node", async (harness) => {
    const { a } = await threeNodes(harness);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    for (const error of [new BadRequest("what?"), new Canceled("enough")])
      for (let count = 0; count < 20; count++)
        harness.selector.mark(service, a, { error, latencyMs });
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
  }),
  clause("a node that recovered is drawn again", async (harness) => {
    const { a } = await threeNodes(harness);
    await idsOf(harness);
    harness.selector.mark(service, a, { error: lost, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
    await harness.elapse(pardonMs);
    const next = await harness.selector.select(service);
    ok(drawnIds(next).has(a.id), "it gets a chance");
    harness.selector.mark(service, a, { latencyMs });
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
  }),
  clause("while every node fails, nodes are drawn", async (harness) => {
    const { a, b, c } = await threeNodes(harness);
    await idsOf(harness);
    for (const node of [a, b, c, a, b, c])
      harness.selector.mark(service, node, { error: lost, latencyMs });
    const ids = await idsOf(harness);
    ok(ids.length > 1, `at most half of the nodes are out, drawn were ${ids.join()}`);
  }),
  clause("the only node that a filter leaves is drawn, failing or not", async (harness) => {
    const only = nodeOf("a");
    await harness.registry.register(recordOf([only], { version: "1" }));
    await harness.registry.register(recordOf([nodeOf("b"), nodeOf("c")], { version: "2" }));
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
    harness.selector.mark(service, only, { error: lost, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
    deepEqual(await idsOf(harness, { version: "1" }), ["a"]);
  }),
  clause("reset forgets what was marked", async (harness) => {
    const { a } = await threeNodes(harness);
    await idsOf(harness);
    harness.selector.mark(service, a, { error: lost, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
    harness.selector.reset(service);
    deepEqual(await idsOf(harness), ["a", "b", "c"]);
  }),
  clause("marks of one service do not touch another", async (harness) => {
    const { a } = await threeNodes(harness);
    await harness.registry.register({ ...recordOf([a, nodeOf("b"), nodeOf("c")]), name: "other" });
    const next = await harness.selector.select("other");
    deepEqual([...drawnIds(next)].sort(), ["a", "b", "c"]);
    await idsOf(harness);
    harness.selector.mark(service, a, { error: lost, latencyMs });
    deepEqual(await idsOf(harness), ["b", "c"]);
    deepEqual([...drawnIds(next)].sort(), ["a", "b", "c"]);
  }),
];
