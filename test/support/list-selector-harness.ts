import type { Plugin, Selector, SelectNext, ServiceNode, ServiceRecord } from "../../src/spi.js";
import type { SelectorHarness } from "../contracts/selector-contract.js";
import { TableRegistry } from "./table-registry.js";
import { virtualWorld } from "./virtual-environment.js";

const addressOf = (id: string): string => `${id}:1`;

/**
 * A harness for selectors with a list of their own. What clauses register becomes the list, until the first
 * selection: `make` gets addresses by service, `nodeId` tells what the selector calls a node.
 */
export async function listSelectorHarness(
  make: (services: Readonly<Record<string, readonly string[]>>) => Plugin<Selector>,
  nodeId: (service: string, address: string) => string,
): Promise<SelectorHarness & AsyncDisposable> {
  const { clock, environment } = virtualWorld();
  const world = environment();
  const services: Record<string, string[]> = {};
  const idOf = (service: string, id: string): string => nodeId(service, addressOf(id));
  let made: Selector | undefined;
  const real = async (): Promise<Selector> => (made ??= await make(services).create(world));
  const known = (): Selector => made!;
  const draws =
    (service: string, next: SelectNext): SelectNext =>
    (exclude) => {
      const left = exclude && new Set([...exclude].map((id) => idOf(service, id)));
      const drawn = next(left);
      const id = drawn.node.address.slice(0, -2);
      return { ...drawn, node: { ...drawn.node, id } };
    };
  const registry = new TableRegistry(clock);
  return {
    registry: {
      name: registry.name,
      register: async ({ name, nodes }: ServiceRecord) => {
        services[name] = [...(services[name] ?? []), ...nodes.map(({ id }) => addressOf(id))];
      },
      deregister: (record) => registry.deregister(record),
      getService: (name) => registry.getService(name),
      listServices: () => registry.listServices(),
      watch: () => registry.watch(),
      close: () => registry.close(),
    },
    selector: {
      name: "a list",
      select(service, options) {
        const next = made?.select(service, options);
        if (next && !(next instanceof Promise)) return draws(service, next);
        return real()
          .then((selector) => selector.select(service, options))
          .then((found) => draws(service, found));
      },
      mark: (service, { id, ...node }: ServiceNode, outcome) =>
        known().mark(service, { ...node, id: idOf(service, id) }, outcome),
      reset: (service) => known().reset(service),
      close: () => known().close(),
    },
    elapse: (ms) => clock.advance(ms),
    eventually: async (check) => check(),
    [Symbol.asyncDispose]: async () => {
      await made?.close();
      await registry.close();
    },
  };
}
