import type { Registry, RegistryEvent, RegistryWatcher, ServiceRecord } from "../../../src/spi.js";

/** A registry with one promise broken, and the clause that must notice. */
export interface RegistryMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  /** Breaks a sound registry. Called for every registry of a harness. */
  readonly mutate: (registry: Registry) => Registry;
}

/** The registry with some of its members replaced. */
export const wrap = (registry: Registry, parts: Partial<Registry>): Registry => ({
  name: registry.name,
  register: (service, options) => registry.register(service, options),
  deregister: (service, options) => registry.deregister(service, options),
  getService: (name, options) => registry.getService(name, options),
  listServices: (options) => registry.listServices(options),
  watch: (options) => registry.watch(options),
  close: () => registry.close(),
  ...parts,
});

/** Changes what every lookup finds. */
export const withFound =
  (change: (records: readonly ServiceRecord[]) => readonly ServiceRecord[]) =>
  (registry: Registry): Registry =>
    wrap(registry, {
      getService: async (name, options) => change(await registry.getService(name, options)),
    });

/** Changes, or drops, what every watch tells; made anew for each watch. */
export const withEvents =
  (make: (registry: Registry) => (event: RegistryEvent) => RegistryEvent | undefined) =>
  (registry: Registry): Registry =>
    wrap(registry, {
      watch: async (options) => changed(await registry.watch(options), make(registry)),
    });

/** The watch with other events. */
export function changed(
  watcher: RegistryWatcher,
  change: (event: RegistryEvent) => RegistryEvent | undefined,
): RegistryWatcher {
  return {
    close: () => watcher.close(),
    async *[Symbol.asyncIterator]() {
      for await (const event of watcher) {
        const told = change(event);
        if (told) yield told;
      }
    },
  };
}

/** The registry, and the ids of the nodes registered with it. */
export function remembering(registry: Registry): {
  readonly own: ReadonlySet<string>;
  readonly register: Registry["register"];
} {
  const own = new Set<string>();
  return {
    own,
    register: (service, options) => {
      for (const { id } of service.nodes) own.add(id);
      return registry.register(service, options);
    },
  };
}
