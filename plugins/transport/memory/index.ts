import {
  definePlugin,
  requireWhole,
  Transport,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { memoryHub, type MemoryHub } from "./memory-hub.js";
import { MemoryTransport } from "./memory-transport.js";

export { memoryHub, type MemoryHub } from "./memory-hub.js";

/** How to make a memory transport. */
export interface MemoryTransportOptions {
  /** Who can be reached. Default: a hub of its own, shared by whatever is made from this plugin. */
  readonly hub?: MemoryHub;
  /** Calls at once on one client. Default 1,000. */
  readonly capacity?: number;
  /** Bytes of one message's body. Default 4,194,304 (4 MiB). */
  readonly maxMessageBytes?: number;
  /** Bytes of one message's headers. Default 16,384 (16 KiB). */
  readonly maxHeaderBytes?: number;
  /** Clients at once on one listener; more are refused. Default 10,000. */
  readonly maxConnections?: number;
}

/**
 * A transport within the process, with the copies, limits and errors of a real one.
 * @throws OptionError for an option that makes no sense.
 */
export function memoryTransport({
  hub = memoryHub(),
  capacity = 1_000,
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  maxConnections = 10_000,
}: MemoryTransportOptions = {}): Plugin<Transport> {
  const settings = {
    hub,
    capacity: requireWhole("memoryTransport.capacity", capacity, 1),
    maxMessageBytes: requireWhole("memoryTransport.maxMessageBytes", maxMessageBytes, 1),
    maxHeaderBytes: requireWhole("memoryTransport.maxHeaderBytes", maxHeaderBytes, 1),
    maxConnections: requireWhole("memoryTransport.maxConnections", maxConnections, 1),
  };
  return definePlugin(Transport, "memory", () => new MemoryTransport(settings));
}

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Transport> = () => memoryTransport();
