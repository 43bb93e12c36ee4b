import { setMaxListeners } from "node:events";
import type { Environment, RpcError } from "../../../src/spi.js";
import type { ClientSettings } from "./client-options.js";
import { EtcdClient } from "./etcd-client.js";
import { closedError, isOverloaded, isUnreachable, unreachable } from "./grpc-status.js";
import { limit, orAborted, type Limit } from "./limit.js";
import type { Etcd3Module } from "./load-etcd3.js";
import { TokenKeeper } from "./token-keeper.js";

/** Where etcd is, and how to talk to it. */
export interface LinkSettings extends Omit<ClientSettings, "memberTimeoutMs"> {
  /** `host:port` each. */
  readonly addresses: readonly string[];
  /** Milliseconds for one request, all members together. */
  readonly requestTimeoutMs: number;
}

/** Milliseconds before a new attempt after the first failure, and at most. */
const firstPauseMs = 200;
const longestPauseMs = 1_000;

/**
 * The way to etcd: one member at a time. A member that fails is left with its client, and the next
 * one asked with a new client; with a single member that is a new connection to the same.
 */
export class EtcdLink {
  #client: EtcdClient;
  #turn: number;
  /** In a row. */
  #failures = 0;
  #pause: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #tokens = new TokenKeeper();

  constructor(
    private readonly etcd3: Etcd3Module,
    private readonly settings: LinkSettings,
    private readonly environment: Environment,
  ) {
    this.#turn = Math.floor(environment.random.next() * settings.addresses.length);
    this.#client = this.#connect();
    setMaxListeners(0, this.#closing.signal);
  }

  /** The client to use now. Its streams end when it is left: a member that fails to answer may keep quiet on them. */
  get client(): EtcdClient {
    if (this.#client.mute) this.leave(this.#client);
    return this.#client;
  }

  /** Aborts when the link is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Asks etcd within the request timeout, member after member; every one gets its share of the time.
   * What is asked may reach etcd twice.
   * @throws Unavailable (`registry.unreachable`) when nobody answers, Canceled, or what etcd says.
   */
  async request<T>(
    ask: (client: EtcdClient, signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const { clock } = this.environment;
    const members = this.settings.addresses.length;
    const end = clock.monotonic() + this.settings.requestTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      const { client } = this;
      const startedAt = clock.monotonic();
      const share = (end - startedAt) / Math.max(1, members - attempt + 1);
      const bound = this.limit(share, signal, client);
      try {
        bound.signal.throwIfAborted();
        const answer = await ask(client, bound.signal);
        this.succeeded();
        return answer;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        // A member that was too late for this, but answers others or checks a password, is busy.
        const busy = client.heardAt >= startedAt || this.#tokens.waiting;
        if (!(busy && bound.signal.aborted) && !isOverloaded(error)) this.leave(client);
        // One member is asked twice as well: its connection may have been a dead one.
        const last = attempt >= Math.max(2, members) || clock.monotonic() >= end;
        if (last) throw error;
      } finally {
        bound.end();
      }
    }
  }

  /** An end for one request: after `ms` (the request timeout unless told), on the signal, on `close`. */
  limit(
    ms = this.settings.requestTimeoutMs,
    signal?: AbortSignal,
    { address } = this.#client,
  ): Limit {
    const late = (): RpcError => unreachable(address, `no answer in ${Math.round(ms)} ms`);
    return limit(this.environment.timers, ms, late, [
      { signal: this.#closing.signal, error: closedError },
      { signal },
    ]);
  }

  /** Leaves a member that has failed. */
  leave(client: EtcdClient): void {
    if (client !== this.#client || this.#closing.signal.aborted) return;
    client.close();
    this.#turn++;
    this.#client = this.#connect();
  }

  /** etcd has answered. */
  succeeded(): void {
    if (this.#failures > 1) this.environment.logger.info("etcd: it answers again");
    this.#failures = 0;
  }

  /**
   * Waits before a new attempt: longer with every failure in a row, 1 s at most, with jitter. All
   * who wait at the same time wait for the same moment.
   * @throws the signal's reason on abort.
   */
  pause(signal: AbortSignal, error?: unknown): Promise<void> {
    this.#pause ??= new Promise((resolve) => {
      const { timers, random, logger } = this.environment;
      const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures++, 10));
      if (this.#failures === 2)
        logger.warn("etcd: no answer; trying again until there is one", { error: String(error) });
      const over = (): void => {
        this.#pause = undefined;
        resolve();
      };
      timers.after(ms * (0.5 + random.next() / 2), over, { background: true });
    });
    return orAborted(this.#pause, signal);
  }

  /** Ends every request under way. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closedError());
    this.#client.close();
  }

  #connect(): EtcdClient {
    const { addresses, requestTimeoutMs } = this.settings;
    const address = addresses[this.#turn % addresses.length]!;
    const settings = { ...this.settings, memberTimeoutMs: requestTimeoutMs / addresses.length };
    return new EtcdClient(this.etcd3, address, settings, this.#tokens, this.environment);
  }
}
