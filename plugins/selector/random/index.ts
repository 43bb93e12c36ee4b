import {
  definePlugin,
  RegistryCache,
  Selector,
  strategySelector,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { randomStrategy } from "./random-strategy.js";

/** Chooses any node with equal chance; go-micro's default. Failing nodes are left out for a while. */
export const randomSelector = (): Plugin<Selector> =>
  definePlugin(
    Selector,
    "random",
    (environment, cache) => {
      const strategy = randomStrategy(environment); // it knows nothing of the service
      return strategySelector("random", () => strategy, cache, environment);
    },
    [RegistryCache],
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Selector> = () => randomSelector();
