import {
  BufferPool,
  FrameClient,
  requirePositive,
  requireWhole,
  RpcError,
  tlsFailure,
  type Connection,
  type DialOptions,
  type Environment,
  type Listener,
  type ListenOptions,
  type TlsCredentials,
  type TlsOptions,
  type Transport,
  type TransportClient,
} from "../../../src/spi.js";
import { parseAddress } from "./address.js";
import { FieldNames } from "./field-names.js";
import { HttpClient } from "./http-client.js";
import {
  channelClosed,
  connectFailed,
  connectTimeout,
  dialCanceled,
  errorId,
  listenFailed,
} from "./http-errors.js";
import { HttpListener } from "./http-listener.js";
import { MessageWriter } from "./message-writer.js";
import { refusal } from "./refusal.js";

/** Defaults of {@link DialOptions} and {@link ListenOptions}, which take precedence. */
export interface HttpTransportOptions {
  /** Bytes of one message's body. Default 4,194,304 (4 MiB). */
  readonly maxMessageBytes?: number;
  /** Bytes of one message's head, start line included. Default 16,384 (16 KiB). */
  readonly maxHeaderBytes?: number;
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds a peer may take to send one whole request once it has begun. Default 30,000. */
  readonly messageTimeoutMs?: number;
  /** Milliseconds an accepted connection may stay without a call. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** Accepted connections at once; more are closed. Default 10,000. */
  readonly maxConnections?: number;
  /**
   * Whether calls between processes of ours go as binary frames, many on one connection: announced to
   * others, and used with those who announce it. Default true.
   */
  readonly frames?: boolean;
  /**
   * Speaks TLS, and nothing else: with the peers that are dialled and with those that are let in.
   * Default: none, unless `MICRO_TLS_CERT` and the like say so.
   */
  readonly tls?: TlsOptions;
}

/** {@link HttpTransportOptions} with nothing left out but TLS, which is opened apart. */
export type HttpTransportSettings = Required<Omit<HttpTransportOptions, "tls">>;

/** go-micro's mucp over HTTP/1.1, with framing of its own. */
export class HttpTransport implements Transport {
  readonly name = "http";
  private readonly names = new FieldNames();
  private readonly writer = new MessageWriter(this.names);
  private readonly pool = new BufferPool();
  private readonly open = new Set<{ close(): Promise<void> }>();
  private closed = false;

  constructor(
    private readonly settings: HttpTransportSettings,
    private readonly environment: Environment,
    private readonly tls: TlsCredentials | undefined,
  ) {}

  async dial(address: string, options: DialOptions = {}): Promise<TransportClient> {
    const { settings, environment, names, writer } = this;
    const failure = this.tls && ((cause: Error) => tlsFailure(address, cause, errorId));
    const { lane } = options;
    if (lane && settings.frames) {
      return this.connect(address, options, async (connection, signal) => {
        const client = new FrameClient(connection, {
          timers: environment.timers,
          pool: this.pool,
          quietMs,
          address,
          from: lane.from,
          ...limits(options, settings),
          failure,
          onClosed: (gone) => this.open.delete(gone),
        });
        this.open.add(client);
        await client.welcomed(signal);
        return client;
      });
    }
    const connection = await this.connect(address, options, (made) => made);
    const client = new HttpClient(connection, {
      environment,
      address,
      names,
      writer,
      ...limits(options, settings),
      failure,
      onClosed: (gone) => this.open.delete(gone),
    });
    this.open.add(client);
    return client;
  }

  async listen(address: string, options: ListenOptions = {}): Promise<Listener> {
    const { settings, environment, names, writer } = this;
    this.requireOpen(address);
    const at = parseAddress(address);
    if (!at) throw listenFailed(address, "it is not host:port");
    const tls = this.tls?.listen(refusal);
    const listener = new HttpListener({
      environment,
      names,
      writer,
      logger: environment.logger,
      unreachable: this.tls?.unreachable,
      framesPool: settings.frames ? this.pool : undefined,
      ...limits(options, settings),
      messageTimeoutMs: requirePositive(
        "listen.messageTimeoutMs",
        options.messageTimeoutMs ?? settings.messageTimeoutMs,
      ),
      idleTimeoutMs: requirePositive(
        "listen.idleTimeoutMs",
        options.idleTimeoutMs ?? settings.idleTimeoutMs,
      ),
      maxConnections: requireWhole(
        "listen.maxConnections",
        options.maxConnections ?? settings.maxConnections,
        1,
      ),
      onClosed: (gone) => this.open.delete(gone),
    });
    for (let { port } = at; ; port++) {
      try {
        listener.bound(
          await environment.network.listen(
            at.host,
            port,
            (connection) => listener.connected(connection),
            tls,
          ),
        );
        break;
      } catch (cause) {
        const failure = listenFailed(address, cause);
        const taken = failure.reason === "transport.address-in-use";
        if (!taken || port === at.lastPort) throw failure;
      }
    }
    this.open.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.tls?.close();
    await Promise.all([...this.open].map((part) => part.close()));
  }

  private requireOpen(address: string): void {
    if (this.closed)
      throw channelClosed(address, "cannot be made: the transport is closed", { safe: true });
  }

  /** Connects, and makes ready what comes of that, within the time to dial. */
  private async connect<T>(
    address: string,
    { timeoutMs, signal }: DialOptions,
    makeReady: (connection: Connection, signal: AbortSignal) => T | Promise<T>,
  ): Promise<T> {
    this.requireOpen(address);
    const { environment, settings } = this;
    const at = parseAddress(address);
    if (!at) throw connectFailed(address, "it is not host:port");
    const limitMs = requirePositive("dial.timeoutMs", timeoutMs ?? settings.connectTimeoutMs);
    const attempt = new AbortController();
    const abort = (): void => attempt.abort(dialCanceled(address, signal?.reason));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    const timer = environment.timers.after(limitMs, () =>
      attempt.abort(connectTimeout(address, limitMs)),
    );
    try {
      attempt.signal.throwIfAborted();
      const host = at.host === "" ? "127.0.0.1" : at.host;
      const tls = this.tls?.connect();
      const how = { signal: attempt.signal, tls };
      const connection = await environment.network.connect(host, at.port, how);
      return await makeReady(connection, attempt.signal);
    } catch (cause) {
      if (cause instanceof RpcError) throw cause;
      if (attempt.signal.aborted) throw attempt.signal.reason;
      const failure = this.tls && tlsFailure(address, cause, errorId);
      // The files may know better by now; then the next attempt does.
      if (failure) await this.tls?.refresh();
      throw failure ?? connectFailed(address, cause);
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
    }
  }
}

/** Milliseconds without a word from a peer that owes an answer, before it is asked for a sign of life. */
const quietMs = 10_000;

function limits(
  options: Pick<DialOptions, "maxMessageBytes" | "maxHeaderBytes">,
  settings: HttpTransportSettings,
): Pick<HttpTransportSettings, "maxMessageBytes" | "maxHeaderBytes"> {
  const { maxMessageBytes, maxHeaderBytes } = settings;
  return {
    maxMessageBytes: requireWhole("maxMessageBytes", options.maxMessageBytes ?? maxMessageBytes, 1),
    maxHeaderBytes: requireWhole("maxHeaderBytes", options.maxHeaderBytes ?? maxHeaderBytes, 1),
  };
}
