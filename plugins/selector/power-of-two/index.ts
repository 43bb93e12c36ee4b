import {
  definePlugin,
  preferring,
  RegistryCache,
  requirePositive,
  Selector,
  strategySelector,
  type EjectionOptions,
  type Environment,
  type LearningStrategy,
  type Plugin,
  type PluginFromSettings,
  type Preference,
} from "../../../src/spi.js";
import { PowerOfTwoStrategy } from "./power-of-two-strategy.js";

/** Options of {@link powerOfTwoSelector}. */
export interface PowerOfTwoSelectorOptions {
  /** Milliseconds over which a latency that is not seen again counts e times less. Default 5,000. */
  readonly decayMs?: number;
  /** Milliseconds over which a node that comes later gets more and more of its share. Default 10,000. */
  readonly slowStartMs?: number;
  /**
   * Nodes that are taken while there are any: those with such metadata, or `local` for those on this
   * machine. In order of preference, such as `["local", { zone: "eu-1" }]`.
   */
  readonly prefer?: readonly Preference[];
  /** When nodes that fail are left out. */
  readonly ejection?: EjectionOptions;
}

/**
 * Of two nodes drawn by lot takes the one with less load: latency times calls under way. Failing nodes
 * are left out for a while. @throws OptionError for an option that makes no sense.
 */
export function powerOfTwoSelector({
  decayMs = 5_000,
  slowStartMs = 10_000,
  prefer = [],
  ejection = {},
}: PowerOfTwoSelectorOptions = {}): Plugin<Selector> {
  const rule = {
    decayMs: requirePositive("powerOfTwoSelector.decayMs", decayMs),
    slowStartMs: requirePositive("powerOfTwoSelector.slowStartMs", slowStartMs),
  };
  return definePlugin(
    Selector,
    "power-of-two",
    (environment, cache) =>
      strategySelector(
        "power-of-two",
        () => {
          const strategy = new PowerOfTwoStrategy(environment, rule);
          return prefer.length === 0 ? strategy : preferred(strategy, prefer, environment.network);
        },
        cache,
        environment,
        { ejection },
      ),
    [RegistryCache],
  );
}

const preferred = (
  strategy: LearningStrategy,
  preferences: readonly Preference[],
  network: Environment["network"],
): LearningStrategy => ({
  choose: preferring(
    preferences,
    (candidates, options) => strategy.choose(candidates, options),
    network,
  ),
  mark: (node, outcome) => strategy.mark(node, outcome),
  retain: (nodes) => strategy.retain(nodes),
  reset: () => strategy.reset(),
});

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Selector> = () => powerOfTwoSelector();
