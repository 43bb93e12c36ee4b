import { deepEqual, ok, rejects } from "node:assert/strict";
import { RpcError, type Registry } from "../../../src/spi.js";
import { clause, type Clause } from "../clause.js";
import type { RegistryHarness } from "./harness.js";
import { follow, idsOf, nodeOf, recordOf } from "./samples.js";

const ttlOf = ({ shortestTtlMs = 1_000 }: RegistryHarness): number => shortestTtlMs;

/** Every method, on a service that nobody registered. */
const everyMethod = (
  registry: Registry,
  name: string,
  signal?: AbortSignal,
): readonly (() => Promise<unknown>)[] => {
  const record = recordOf(name, [nodeOf(`${name}-1`)]);
  const options = signal ? { signal } : {};
  return [
    () => registry.register(record, options),
    () => registry.deregister(record, options),
    () => registry.getService(name, options),
    () => registry.listServices(options),
    () => registry.watch(options),
  ];
};

const withCode =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof RpcError && error.code === code;

/** How long a registration lasts, and what `close` leaves. */
export const lifetimeClauses: readonly Clause<RegistryHarness>[] = [
  clause("a node vanishes when its TTL is over", async (harness) => {
    const { registry, eventually } = harness;
    const peer = await harness.peer();
    const name = harness.service();
    const [brief, lasting] = [nodeOf(`${name}-1`), nodeOf(`${name}-2`)];
    const found = async (): Promise<string[]> => idsOf(await peer.getService(name));
    await registry.register(recordOf(name, [lasting]));
    await registry.register(recordOf(name, [brief]), { ttlMs: ttlOf(harness) });
    await eventually(async () => deepEqual(await found(), [brief.id, lasting.id]));
    await harness.elapse(ttlOf(harness));
    await eventually(async () => deepEqual(await found(), [lasting.id]));
  }),
  clause("registering again within the TTL keeps a node", async (harness) => {
    const { registry } = harness;
    const peer = await harness.peer();
    const name = harness.service();
    const [kept, left] = [recordOf(name, [nodeOf(`${name}-1`)]), nodeOf(`${name}-2`)];
    const ttlMs = ttlOf(harness) * 2;
    const found = async (): Promise<string[]> => idsOf(await peer.getService(name));
    await registry.register(kept, { ttlMs });
    await registry.register(recordOf(name, [left]), { ttlMs });
    await harness.eventually(async () => deepEqual(await found(), [`${name}-1`, left.id]));
    for (let round = 0; round < 6; round++) {
      await harness.elapse(ttlMs / 3);
      await registry.register(kept, { ttlMs });
    }
    // The other one, which was not registered again, proves that time has passed.
    await harness.eventually(async () => ok(!(await found()).includes(left.id)));
    ok((await found()).includes(`${name}-1`), "the node that was registered again is there");
  }),
  clause("a watch tells of a node whose TTL is over", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const seen = follow(await (await harness.peer()).watch({ service: name }));
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)]), { ttlMs: ttlOf(harness) });
    await eventually(() => ok(seen.has(`${name}-1`, "create", "update")));
    await harness.elapse(ttlOf(harness));
    await eventually(() => ok(seen.has(`${name}-1`, "delete")));
  }),
  clause("close withdraws what was registered here, and nothing else", async (harness) => {
    const { eventually } = harness;
    const [one, two] = [await harness.peer(), await harness.peer()];
    const name = harness.service();
    const found = async (): Promise<string[]> => idsOf(await harness.registry.getService(name));
    await one.register(recordOf(name, [nodeOf(`${name}-1`)]));
    await two.register(recordOf(name, [nodeOf(`${name}-2`)]));
    await eventually(async () => deepEqual(await found(), [`${name}-1`, `${name}-2`]));
    await one.close();
    await eventually(async () => deepEqual(await found(), [`${name}-2`]));
  }),
  clause("close can be called twice", async (harness) => {
    const { registry } = harness;
    const name = harness.service();
    await registry.register(recordOf(name, [nodeOf(`${name}-1`)]));
    await registry.close();
    await registry.close();
  }),
  clause("close ends the watches", async (harness) => {
    const { registry, eventually } = harness;
    const seen = follow(await registry.watch());
    deepEqual(seen.end, "none");
    await registry.close();
    await eventually(() => deepEqual(seen.end, "closed"));
  }),
  clause("after close every method rejects with Unavailable", async (harness) => {
    const name = harness.service();
    deepEqual(idsOf(await harness.registry.getService(name)), []);
    await harness.registry.close();
    for (const method of everyMethod(harness.registry, name))
      await rejects(method, withCode(503), method.toString());
  }),
  clause("a signal that has aborted is refused as Canceled", async (harness) => {
    const { registry, eventually } = harness;
    const name = harness.service();
    const aborted = AbortSignal.abort(new Error("enough"));
    for (const method of everyMethod(registry, name, aborted))
      await rejects(method, withCode(499), method.toString());
    await registry.register(recordOf(name, [nodeOf(`${name}-2`)]));
    await eventually(async () => deepEqual(idsOf(await registry.getService(name)), [`${name}-2`]));
  }),
];
