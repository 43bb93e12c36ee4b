import { definePlugin, Registry, type Plugin, type PluginFromSettings } from "../../../src/spi.js";
import { memoryRegistryHub, type MemoryRegistryHub } from "./hub.js";
import { MemoryRegistry } from "./memory-registry.js";

export { memoryRegistryHub, type MemoryRegistryHub };

/** Options of {@link memoryRegistry}. */
export interface MemoryRegistryOptions {
  /** Where the records are kept. Default: one of its own, so that nobody else sees them. */
  readonly hub?: MemoryRegistryHub;
}

/** A registry in this process's memory: for tests, and for apps that share a process. */
export const memoryRegistry = ({ hub }: MemoryRegistryOptions = {}): Plugin<Registry> =>
  definePlugin(
    Registry,
    "memory",
    (environment) => new MemoryRegistry(hub ?? memoryRegistryHub(), environment),
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Registry> = () => memoryRegistry();
