import type { Client } from "../client/client.js";
import type { Server, StopReport } from "../server/server.js";

/** What runs at the turns of a service's life. Hooks of one turn run in order; each is awaited. */
export interface ServiceHooks {
  readonly onStart?: () => unknown;
  readonly onReady?: () => unknown;
  readonly onDrain?: () => unknown;
  readonly onStop?: () => unknown;
}

/** How a service runs. */
export interface RunOptions {
  /** Stop on SIGTERM, SIGINT and SIGQUIT; a second one forces the exit. Default true for `run`. */
  readonly signals?: boolean;
}

/**
 * Assembly and life of a process: client, server and the plugins under them.
 *
 * Up: hooks `onStart`, broker connects, server listens and subscribes, registers, `onReady`.
 * Down, each step tried even when one before it failed: deregister, `onDrain`, drain and close the
 * server, client, broker, selector, registry, transport, codecs, `onStop`.
 */
export abstract class Service {
  abstract readonly name: string;
  abstract readonly client: Client;
  abstract readonly server: Server;
  /** Adds hooks. Before `start`. */
  abstract init(hooks: ServiceHooks): void;
  /**
   * @throws the first failure; what had started is stopped again. Unavailable `service.stopped` when
   *   `stop` was called before or meanwhile.
   */
  abstract start(): Promise<void>;
  /** @throws AggregateError of all failures, after every step has been tried. Idempotent. */
  abstract stop(): Promise<StopReport>;
  /** Starts, then resolves when it has stopped: by a signal, or by `stop`. */
  abstract run(options?: RunOptions): Promise<StopReport>;
}
