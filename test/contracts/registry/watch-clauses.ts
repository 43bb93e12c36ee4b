import { deepEqual, equal, ok } from "node:assert/strict";
import { clause, type Clause } from "../clause.js";
import type { RegistryHarness } from "./harness.js";
import { follow, nodeOf, plain, recordOf } from "./samples.js";

/** What happens after `watch` has resolved is told, in the words of the record. */
export const watchClauses: readonly Clause<RegistryHarness>[] = [
  clause("a watch tells of a node that a peer registers", async (harness) => {
    const peer = await harness.peer();
    const name = harness.service();
    const seen = follow(await harness.registry.watch({ service: name }));
    const node = nodeOf(`${name}-1`, "127.0.0.1:7070", { protocol: "mucp", zone: "a" });
    await peer.register(recordOf(name, [node], "3.0.0"));
    await harness.eventually(() => ok(seen.has(node.id, "create", "update")));
    const { service } = seen.events[0]!;
    equal(service.name, name);
    equal(service.version, "3.0.0");
    deepEqual(plain(service.nodes), [node]);
  }),
  clause("a watch tells of a node that changes", async (harness) => {
    const peer = await harness.peer();
    const name = harness.service();
    const seen = follow(await harness.registry.watch({ service: name }));
    await peer.register(recordOf(name, [nodeOf(`${name}-1`, "127.0.0.1:1111")]));
    await harness.eventually(() => ok(seen.has(`${name}-1`, "create", "update")));
    await peer.register(recordOf(name, [nodeOf(`${name}-1`, "127.0.0.1:2222")]));
    await harness.eventually(() => {
      const last = seen.events.at(-1);
      equal(last?.service.nodes[0]?.address, "127.0.0.1:2222");
      ok(last.action !== "delete");
    });
  }),
  clause("a watch tells of a node that leaves, by its id", async (harness) => {
    const peer = await harness.peer();
    const name = harness.service();
    const seen = follow(await harness.registry.watch({ service: name }));
    await peer.register(recordOf(name, [nodeOf(`${name}-1`), nodeOf(`${name}-2`)]));
    await harness.eventually(() => ok([1, 2].every((n) => seen.has(`${name}-${n}`, "create"))));
    await peer.deregister(recordOf(name, [nodeOf(`${name}-2`)]));
    await harness.eventually(() => ok(seen.has(`${name}-2`, "delete")));
    ok(!seen.has(`${name}-1`, "delete"), "the other node was not told to leave");
  }),
  clause("a watch tells of what its own registry does", async (harness) => {
    const { registry } = harness;
    const name = harness.service();
    const seen = follow(await registry.watch({ service: name }));
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)]));
    await harness.eventually(() => ok(seen.has(`${name}-1`, "create", "update")));
    await registry.deregister(recordOf(name, [nodeOf(`${name}-1`)]));
    await harness.eventually(() => ok(seen.has(`${name}-1`, "delete")));
  }),
  clause("a watch of one service tells of no other", async (harness) => {
    const peer = await harness.peer();
    const [wanted, other] = [harness.service(), harness.service()];
    const seen = follow(await harness.registry.watch({ service: wanted }));
    await peer.register(recordOf(other, [nodeOf(`${other}-1`)]));
    await peer.register(recordOf(wanted, [nodeOf(`${wanted}-1`)]));
    await harness.eventually(() => ok(seen.has(`${wanted}-1`, "create", "update")));
    deepEqual([...new Set(seen.events.map(({ service }) => service.name))], [wanted]);
  }),
  clause("a watch without a service tells of all", async (harness) => {
    const peer = await harness.peer();
    const [one, two] = [harness.service(), harness.service()];
    const seen = follow(await harness.registry.watch());
    await peer.register(recordOf(one, [nodeOf(`${one}-1`)]));
    await peer.register(recordOf(two, [nodeOf(`${two}-1`)]));
    await harness.eventually(() =>
      ok([one, two].every((name) => seen.has(`${name}-1`, "create", "update"))),
    );
  }),
  clause("closing a watch, even twice, ends its iteration alone", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const watcher = await registry.watch({ service: name });
    const [closed, open] = [follow(watcher), follow(await registry.watch({ service: name }))];
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)]));
    await eventually(() => ok([closed, open].every((seen) => seen.events.length > 0)));
    await watcher.close();
    await watcher.close();
    await eventually(() => equal(closed.end, "closed"));
    await registry.register(recordOf(name, [nodeOf(`${name}-2`)]));
    await eventually(() => ok(open.has(`${name}-2`, "create", "update")));
    ok(!closed.has(`${name}-2`, "create", "update"));
  }),
  clause("aborting the signal ends a watch", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const abort = new AbortController();
    const seen = follow(await registry.watch({ service: name, signal: abort.signal }));
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)]));
    await eventually(() => ok(seen.has(`${name}-1`, "create", "update")));
    equal(seen.end, "none");
    abort.abort();
    await eventually(() => ok(seen.end !== "none"));
  }),
];
