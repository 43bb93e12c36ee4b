import {
  definePlugin,
  RegistryCache,
  Selector,
  strategySelector,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { roundRobinStrategy } from "./round-robin-strategy.js";

/** Chooses the nodes of a service in turn, across calls. Failing nodes are left out for a while. */
export const roundRobinSelector = (): Plugin<Selector> =>
  definePlugin(
    Selector,
    "round-robin",
    (environment, cache) => strategySelector("round-robin", roundRobinStrategy, cache, environment),
    [RegistryCache],
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Selector> = () => roundRobinSelector();
