import {
  definePlugin,
  RegistryCache,
  Selector,
  strategySelector,
  type EjectionOptions,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { consistentHashStrategy } from "./consistent-hash-strategy.js";

/** Options of {@link consistentHashSelector}. */
export interface ConsistentHashSelectorOptions {
  /** When nodes that fail are left out; their keys go to others meanwhile. */
  readonly ejection?: EjectionOptions;
}

/**
 * Sends calls with equal `select: { shardKey }` to the same node, while the service has it; most keys
 * stay where they are when nodes come or go. Calls without a key go to any node.
 * @throws OptionError for an option that makes no sense.
 */
export const consistentHashSelector = ({
  ejection = {},
}: ConsistentHashSelectorOptions = {}): Plugin<Selector> =>
  definePlugin(
    Selector,
    "consistent-hash",
    (environment, cache) =>
      strategySelector("consistent-hash", consistentHashStrategy, cache, environment, { ejection }),
    [RegistryCache],
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Selector> = () => consistentHashSelector();
