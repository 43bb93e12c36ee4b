import {
  definePlugin,
  RegistryCache,
  requirePositive,
  requireWhole,
  Selector,
  strategySelector,
  type Choose,
  type Environment,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";

/** Options of {@link blacklistSelector}. */
export interface BlacklistSelectorOptions {
  /** Faults in a row that put a node out. Default 3. */
  readonly faults?: number;
  /** Milliseconds that it is out, from the latest fault on. Default 30,000. */
  readonly ms?: number;
}

/**
 * go-micro's blacklist: any node with equal chance, except those with some faults in a row, for a
 * while. Unlike there, never more than half are out, mistakes of callers do not count, one request
 * tries a node before the others follow, and a failed connection counts at once. @throws OptionError for an option that makes no sense.
 */
export function blacklistSelector({
  faults = 3,
  ms = 30_000,
}: BlacklistSelectorOptions = {}): Plugin<Selector> {
  const faultsInRow = requireWhole("blacklistSelector.faults", faults, 1);
  const faultMs = requirePositive("blacklistSelector.ms", ms);
  return definePlugin(
    Selector,
    "blacklist",
    (environment, cache) =>
      strategySelector("blacklist", anyOf, cache, environment, {
        ejection: { faultsInRow, faultMs, faultRate: 1 },
      }),
    [RegistryCache],
  );
}

const anyOf =
  ({ random }: Environment): Choose =>
  (candidates) =>
    Math.floor(random.next() * candidates.length);

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Selector> = () => blacklistSelector();
