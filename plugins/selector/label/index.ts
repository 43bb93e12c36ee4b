import {
  definePlugin,
  OptionError,
  preferring,
  RegistryCache,
  Selector,
  strategySelector,
  type Choose,
  type EjectionOptions,
  type Environment,
  type Plugin,
  type PluginFromSettings,
  type Preference,
} from "../../../src/spi.js";

/** Options of {@link labelSelector}. */
export interface LabelSelectorOptions {
  /** When nodes that fail are left out. */
  readonly ejection?: EjectionOptions;
}

/**
 * Prefers nodes by their metadata: those with the first of `labels`, else those with the second, and
 * so on; others only when there is none. `local` in the place of labels prefers those on this machine.
 * Among equals each has its turn by lot.
 * @throws OptionError without labels.
 */
export function labelSelector(
  labels: readonly Preference[],
  { ejection = {} }: LabelSelectorOptions = {},
): Plugin<Selector> {
  if (labels.length === 0 || labels.some((label) => Object.keys(label).length === 0))
    throw new OptionError(
      'labelSelector needs labels in order of preference, such as [{ zone: "eu-1" }]',
    );
  return definePlugin(
    Selector,
    "label",
    (environment, cache) =>
      strategySelector(
        "label",
        (world) => preferring(labels, anyOf(world), world.network),
        cache,
        environment,
        {
          ejection,
        },
      ),
    [RegistryCache],
  );
}

const anyOf =
  ({ random }: Environment): Choose =>
  (candidates) =>
    Math.floor(random.next() * candidates.length);

/** Settings read `name=value` or `local`, in order of preference: `MICRO_SELECTOR_ADDRESS=local,zone=eu-1`. */
export const fromSettings: PluginFromSettings<Selector> = ({ addresses }) =>
  labelSelector(
    addresses.map((setting): Preference => {
      if (setting === "local") return "local";
      const [, name, value] = /^([^=]+)=(.*)$/.exec(setting) ?? [];
      if (name === undefined || value === undefined)
        throw new OptionError(
          `a label of the label selector must be name=value or local, got ${JSON.stringify(setting)}`,
        );
      return { [name]: value };
    }),
  );
