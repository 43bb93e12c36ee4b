import {
  Broker,
  definePlugin,
  requireWhole,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { MemoryBroker } from "./memory-broker.js";
import { memoryBrokerHub, type MemoryBrokerHub } from "./memory-broker-hub.js";

export { memoryBrokerHub, type MemoryBrokerHub } from "./memory-broker-hub.js";

/** Options of {@link memoryBroker}. */
export interface MemoryBrokerOptions {
  /** The medium, shared by the apps that shall hear each other. Default: one of its own. */
  readonly hub?: MemoryBrokerHub;
  /** Messages that may wait for one group or one broadcast subscription. Default 10,000. */
  readonly maxQueued?: number;
}

/**
 * A broker within this process, for tests and for apps that are one process.
 * @throws OptionError for `maxQueued` below 1.
 */
export function memoryBroker({
  hub = memoryBrokerHub(),
  maxQueued = 10_000,
}: MemoryBrokerOptions = {}): Plugin<Broker> {
  requireWhole("memoryBroker.maxQueued", maxQueued, 1);
  return definePlugin(
    Broker,
    "memory",
    (environment) => new MemoryBroker(hub, maxQueued, environment),
  );
}

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Broker> = () => memoryBroker();
