import type { Interceptor } from "../../../src/index.js";
import type { Broker, Client, Plugin, Registry, Server } from "../../../src/spi.js";

/** One process: a client and a server of the pair under test, and what they stand on. */
export interface PairNode {
  readonly client: Client;
  readonly server: Server;
  /** Connected. */
  readonly broker: Broker;
  readonly registry: Registry;
  /** Starts the server, then registers it. Handlers come before. */
  start(): Promise<void>;
}

/** How a process is made. */
export interface PairOptions {
  /** Layers around the calls that it makes. */
  readonly clientInterceptors?: readonly Interceptor[];
  /** Layers around what it serves, from the app. */
  readonly serverInterceptors?: readonly Interceptor[];
  /** Calls served at once. */
  readonly maxConcurrentCalls?: number;
}

/** A line of a log. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What the clauses about clients and servers work on: processes that share one network, registry and
 * broker of their own. The harness is itself the first process.
 */
export interface PairHarness extends PairNode {
  /** Another process. Ended with the harness. */
  peer(options?: PairOptions): Promise<PairNode>;
  /** A service name that nobody has used before. */
  service(): string;
  /** `host:port` where nobody listens. */
  readonly deadAddress: string;
  /** Everything that the processes have logged. */
  logs(): readonly LogLine[];
  /** Lets that many milliseconds pass, in fact or on a virtual clock. */
  elapse(ms: number): Promise<void>;
  /** Repeats `check` until it does not throw, and rejects with its last error after a fair time. */
  eventually(check: () => void | Promise<void>): Promise<void>;
}

/** Breaks the parts of a pair, for every process of a harness. */
export interface PairBreak {
  /** What a process is told in the place of its options. */
  readonly options?: (options: PairOptions) => PairOptions;
  readonly client?: (plugin: Plugin<Client>) => Plugin<Client>;
  readonly server?: (plugin: Plugin<Server>) => Plugin<Server>;
}
