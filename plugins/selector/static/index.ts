import {
  definePlugin,
  OptionError,
  RegistryCache,
  requireText,
  Selector,
  strategySelector,
  type Choose,
  type Environment,
  type Plugin,
  type PluginFromSettings,
  type ServiceRecord,
} from "../../../src/spi.js";
import { StaticRegistry } from "./static-registry.js";

/** Options of {@link staticSelector}. */
export interface StaticSelectorOptions {
  /** What the nodes say of themselves. Default `{ protocol: "mucp" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Fixed addresses (`host:port`, names allowed) for services by name, without a registry. Chooses
 * with equal chance, and leaves failing nodes out for a while.
 */
export function staticSelector(
  services: Readonly<Record<string, readonly string[]>>,
  { metadata = { protocol: "mucp" } }: StaticSelectorOptions = {},
): Plugin<Selector> {
  const records = new Map<string, ServiceRecord>();
  for (const [name, addresses] of Object.entries(services)) {
    const nodes = [...new Set(addresses)].map((address) => ({
      id: `${name}-${requireText(`staticSelector.${name}`, address)}`,
      address,
      metadata,
    }));
    records.set(name, { name, version: "latest", metadata: {}, endpoints: [], nodes });
  }
  return definePlugin(Selector, "static", (environment) => {
    const cache = new RegistryCache(new StaticRegistry(records), environment);
    const selector = strategySelector("static", anyOf, cache, environment);
    return {
      name: "static",
      select: (service, options) => selector.select(service, options),
      mark: (service, node, outcome) => selector.mark(service, node, outcome),
      reset: (service) => selector.reset(service),
      close: async () => {
        await selector.close();
        await cache.close();
      },
    };
  });
}

const anyOf =
  ({ random }: Environment): Choose =>
  (candidates) =>
    Math.floor(random.next() * candidates.length);

/** Settings read `name=host:port`, as in `MICRO_SELECTOR_ADDRESS=greeter=10.0.0.7:8080`. */
export const fromSettings: PluginFromSettings<Selector> = ({ addresses }) => {
  const services: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const setting of addresses) {
    const [, name, address] = /^([^=]+)=(.+)$/.exec(setting) ?? [];
    if (name === undefined || address === undefined)
      throw new OptionError(
        `an address of the static selector must be name=host:port, got ${JSON.stringify(setting)}`,
      );
    (services[name] ??= []).push(address);
  }
  return staticSelector(services);
};
