import {
  definePlugin,
  NotFound,
  requireWhole,
  Selector,
  type Plugin,
  type PluginFromSettings,
  type SelectNext,
  type Selection,
} from "../../../src/spi.js";

/** Options of {@link namedSelector}. */
export interface NamedSelectorOptions {
  /** Port of services whose name has none. Default 8,080. */
  readonly port?: number;
  /** What is put behind names without a dot, such as `svc.cluster.local`. Default nothing. */
  readonly domain?: string;
  /** What the nodes say of themselves. Default `{ protocol: "mucp" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Services remembered, so that equal names are equal objects. */
const mostNames = 1_000;

/**
 * Takes a service's name for its address, for platforms whose DNS finds services and balances them.
 * No registry is asked. @throws OptionError for a port that is none.
 */
export function namedSelector({
  port = 8_080,
  domain = "",
  metadata = { protocol: "mucp" },
}: NamedSelectorOptions = {}): Plugin<Selector> {
  requireWhole("namedSelector.port", port, 1);
  return definePlugin(Selector, "named", () => {
    const known = new Map<string, SelectNext>();
    const drawFor = (name: string): SelectNext => {
      const host =
        domain === "" || name.includes(".") || name.includes(":") ? name : `${name}.${domain}`;
      const address = /:\d+$/.test(host) ? host : `${host}:${port}`;
      const node = { id: name, address, metadata };
      const service = { name, version: "latest", metadata: {}, endpoints: [], nodes: [node] };
      const selection: Selection = { node, service };
      return () => selection;
    };
    return {
      name: "named",
      select(service) {
        if (service === "")
          throw new NotFound("a service without a name has no address", {
            reason: "selector.not-found",
            retry: "never",
          });
        let next = known.get(service);
        if (!next) {
          if (known.size >= mostNames) known.clear();
          known.set(service, (next = drawFor(service)));
        }
        return next;
      },
      mark: () => undefined,
      reset: () => undefined,
      close: async () => known.clear(),
    };
  });
}

/** The first address setting, if there is one, is the domain: `MICRO_SELECTOR_ADDRESS=svc.cluster.local`. */
export const fromSettings: PluginFromSettings<Selector> = ({ addresses: [domain] }) =>
  namedSelector(domain === undefined ? {} : { domain });
