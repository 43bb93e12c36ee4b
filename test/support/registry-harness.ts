import type { Environment, Plugin, Registry } from "../../src/spi.js";
import type { RegistryHarness } from "../contracts/registry-contract.js";
import { virtualWorld, type VirtualWorld } from "./virtual-environment.js";

/** Breaks a registry, or leaves it as it is. */
export type MutateRegistry = (registry: Registry) => Registry;

/** Waits for a promise while virtual time passes, 20 virtual seconds at most. */
async function drive<T>({ clock }: VirtualWorld, promise: Promise<T>): Promise<T> {
  let done = false;
  const settled = promise.finally(() => (done = true));
  settled.catch(() => undefined);
  for (let round = 0; round < 2_000; round += 1) {
    await clock.settle();
    if (done) break;
    await clock.advance(10);
  }
  return settled;
}

/** The registry with methods that make virtual time pass while they wait. */
const driven = (world: VirtualWorld, registry: Registry): Registry => ({
  name: registry.name,
  register: (...how) => drive(world, registry.register(...how)),
  deregister: (...how) => drive(world, registry.deregister(...how)),
  getService: (...how) => drive(world, registry.getService(...how)),
  listServices: (...how) => drive(world, registry.listServices(...how)),
  watch: (...how) => drive(world, registry.watch(...how)),
  close: () => drive(world, registry.close()),
});

/** A harness in a virtual world: each registry on a host of its own, made by one plugin. */
export async function virtualRegistryHarness(
  plugin: Plugin<Registry>,
  mutate: MutateRegistry = (registry) => registry,
): Promise<RegistryHarness & AsyncDisposable> {
  const world = virtualWorld();
  const made: Registry[] = [];
  let services = 0;
  const peer = async (): Promise<Registry> => {
    const environment = world.environment(`10.0.0.${made.length + 1}`);
    const registry = mutate(driven(world, await plugin.create(environment)));
    made.push(registry);
    return registry;
  };
  return {
    registry: await peer(),
    peer,
    elapse: (ms) => world.clock.advance(ms),
    service: () => `service-${(services += 1)}`,
    eventually: async (check) => {
      for (let round = 0; ; round += 1) {
        await world.clock.settle();
        try {
          await check();
          return;
        } catch (error) {
          if (round === 50) throw error;
        }
        await world.clock.advance(25);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const registry of made) await registry.close().catch(() => undefined);
    },
  };
}

/** A harness in the real world; waits for 5 seconds at most. `prefix` keeps runs apart. */
export async function realRegistryHarness(
  plugin: Plugin<Registry>,
  environment: Environment,
  { prefix, shortestTtlMs }: { readonly prefix: string; readonly shortestTtlMs: number },
): Promise<RegistryHarness & AsyncDisposable> {
  const made: Registry[] = [];
  let services = 0;
  const { timers, clock } = environment;
  const elapse = (ms: number): Promise<void> =>
    new Promise((resolve) => void timers.after(ms, resolve));
  const peer = async (): Promise<Registry> => {
    const registry = await plugin.create(environment);
    made.push(registry);
    return registry;
  };
  return {
    registry: await peer(),
    peer,
    elapse,
    shortestTtlMs,
    service: () => `${prefix}-${(services += 1)}`,
    eventually: async (check) => {
      const end = clock.monotonic() + 5_000;
      for (;;) {
        try {
          await check();
          return;
        } catch (error) {
          if (clock.monotonic() > end) throw error;
        }
        await elapse(10);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const registry of made) await registry.close();
    },
  };
}
