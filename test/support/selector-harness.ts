import { memoryRegistry } from "../../plugins/registry/memory/index.js";
import { RegistryCache, type Plugin, type Selector } from "../../src/spi.js";
import type { SelectorHarness } from "../contracts/selector-contract.js";
import { virtualWorld } from "./virtual-environment.js";

/** A harness in a virtual world: the selector on a cache on a memory registry. */
export async function virtualSelectorHarness(
  plugin: Plugin<Selector>,
  mutate: (selector: Selector) => Selector = (selector) => selector,
): Promise<SelectorHarness & AsyncDisposable> {
  const { clock, environment } = virtualWorld();
  const world = environment();
  const registry = await memoryRegistry().create(world);
  const cache = new RegistryCache(registry, world);
  const selector = await plugin.create(world, cache);
  return {
    registry,
    selector: mutate(selector),
    elapse: (ms) => clock.advance(ms),
    eventually: async (check) => {
      for (let round = 0; ; round += 1) {
        await clock.settle();
        try {
          await check();
          return;
        } catch (error) {
          if (round === 50) throw error;
        }
        await clock.advance(100);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await selector.close();
      await cache.close();
      await registry.close();
    },
  };
}
