import type { ServeParts } from "./serve-call.js";

/** How calls come in: the part of a server that knows a protocol. Everything else is shared. */
export interface Entrance {
  /** Short name of the server, and what clients must speak: node metadata `server` and `protocol`. */
  readonly protocol: string;
  /** What carries the calls: node metadata `transport`. */
  readonly transport: string;
  /** Binds `host:port`. @throws Unavailable `transport.address-in-use` or `transport.listen-failed`. */
  open(address: string): Promise<OpenEntrance>;
}

/** A bound address at which calls come in. */
export interface OpenEntrance {
  /** `host:port` as bound. */
  readonly address: string;
  /** What goes into the metadata of its nodes besides what every server says. */
  readonly announces?: Readonly<Record<string, string>>;
  /** Why nobody can call here: good for a process that serves nothing. */
  readonly unreachable?: string | undefined;
  /** Begins to serve. Called once. */
  accept(parts: ServeParts): void;
  /** Takes no new connections and tells those that exist to go elsewhere; calls in hand go on. */
  drain(): Promise<void>;
  /** Closes everything at once. Idempotent. */
  close(): Promise<void>;
}
