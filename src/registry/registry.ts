/** A value in the description of an endpoint's request or response (wire.md 5.1's `Value`). */
export interface ValueDescription {
  readonly name: string;
  readonly type: string;
  readonly values: readonly ValueDescription[];
}

/** An endpoint as advertised. Informational, but for `metadata.stream` and `metadata.idempotent`. */
export interface EndpointRecord {
  /** `Type.Method`, such as `Greeter.Hello`. */
  readonly name: string;
  readonly request?: ValueDescription;
  readonly response?: ValueDescription;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One running process that serves a service. Its identity is `id`, never the address. */
export interface ServiceNode {
  readonly id: string;
  /** `host:port`, IPv6 hosts in brackets. */
  readonly address: string;
  /** `protocol` (`mucp`, `grpc`) is the key that clients act on. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** All nodes of one version of a service. */
export interface ServiceRecord {
  readonly name: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly EndpointRecord[];
  readonly nodes: readonly ServiceNode[];
}

/** A change seen by a watcher. `service` carries just the changed nodes. */
export interface RegistryEvent {
  readonly action: "create" | "update" | "delete";
  readonly service: ServiceRecord;
}

/** A running watch. Iterating ends when it is closed, and throws when the watch is lost. */
export interface RegistryWatcher extends AsyncIterable<RegistryEvent> {
  /** Ends the iteration. Idempotent. */
  close(): Promise<void>;
}

/** How to register. */
export interface RegisterOptions {
  /** Milliseconds after which the nodes vanish unless registered again. Left out: they stay. */
  readonly ttlMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Knows which nodes serve which service.
 *
 * Identity is the node id: registering an id again replaces its record. Records of one name are
 * grouped by version. Every method rejects with `Unavailable` (reason `registry.unreachable`) when
 * the store cannot be reached and with `Canceled` when the signal aborts.
 */
export abstract class Registry {
  /** Short name, such as `mdns`; go-micro's `String()`. */
  abstract readonly name: string;
  /** Puts the record's nodes into the registry. Resolves when others can find them. */
  abstract register(service: ServiceRecord, options?: RegisterOptions): Promise<void>;
  /** Takes the record's nodes out. Removing what is not there does nothing. */
  abstract deregister(
    service: ServiceRecord,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  /** The versions of a service with their live nodes; empty when there are none. */
  abstract getService(
    name: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly ServiceRecord[]>;
  /** The names of all services with at least one node, in no promised order. */
  abstract listServices(options?: { readonly signal?: AbortSignal }): Promise<readonly string[]>;
  /** Watches one service, or all. Resolves once changes made from now on will be seen. */
  abstract watch(options?: {
    readonly service?: string;
    readonly signal?: AbortSignal;
  }): Promise<RegistryWatcher>;
  /** Lets go of everything: own registrations, timers, sockets, watchers. Idempotent. */
  abstract close(): Promise<void>;
}
