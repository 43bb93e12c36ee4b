import {
  followSignals,
  tlsFailure,
  type Connection,
  type Environment,
  type Timer,
  type TlsConnect,
  type TlsCredentials,
} from "../../../src/spi.js";
import { formatAddress, type Address } from "./address.js";
import { HttpReader, type HttpMessage } from "./http-exchange.js";

/** One request to post. */
export interface Post {
  readonly address: Address;
  /** Over TLS. */
  readonly secure: boolean;
  readonly target: string;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** For subscribers who say that they take TLS, in a process that has said nothing about it. */
const nodesAuthorities: TlsConnect = {
  material: { certificate: undefined, key: undefined, ca: undefined, minVersion: "TLSv1.2" },
  serverName: undefined,
  verify: true,
};

const responseLimits = { maxHeaderBytes: 16_384, maxBodyBytes: 65_536 };
/** Milliseconds that an unused connection is kept: less than receivers keep theirs. */
const idleMs = 20_000;

/** A small HTTP/1.1 client that posts JSON and keeps connections for the next time. */
export class HttpPoster {
  private readonly idle = new Map<string, Line[]>();
  private readonly lines = new Set<Line>();

  constructor(
    private readonly environment: Pick<Environment, "network" | "timers">,
    private readonly tls: TlsCredentials | undefined,
  ) {}

  /**
   * Posts, and resolves with the status. A kept connection that turns out to be dead is replaced
   * once, so a receiver may see a request twice.
   * @throws the network's error, RpcError `transport.certificate-*` and the like where TLS is to blame, an
   *   Error for no answer in time or none that is HTTP, the signal's reason.
   */
  async post(post: Post): Promise<number> {
    const { timers } = this.environment;
    const limit = new AbortController();
    const late = new Error(`no answer within ${post.timeoutMs} ms`);
    const timer = timers.after(post.timeoutMs, () => limit.abort(late));
    const { signal } = limit;
    const release = followSignals(limit, post.signal);
    try {
      signal.throwIfAborted();
      const kept = this.idle.get(formatAddress(post.address))?.pop();
      if (kept) {
        try {
          return await this.exchange(kept, post, signal);
        } catch (error) {
          if (signal.aborted || kept.answered) throw error;
        }
      }
      const connection = await this.connect(post, signal);
      const line = new Line(connection, () => this.lines.delete(line));
      this.lines.add(line);
      return await this.exchange(line, post, signal);
    } finally {
      release();
      timer.cancel();
    }
  }

  /** Drops every connection. */
  close(): void {
    for (const line of this.lines) line.drop(new Error("the broker was disconnected"));
    this.idle.clear();
  }

  private async connect({ address, secure }: Post, signal: AbortSignal): Promise<Connection> {
    const { host, port } = address;
    const tls = secure ? (this.tls?.connect() ?? nodesAuthorities) : undefined;
    try {
      return await this.environment.network.connect(host, port, { signal, tls });
    } catch (cause) {
      const failure = tls && tlsFailure(formatAddress(address), cause, "plugboard.broker.http");
      if (failure) await this.tls?.refresh();
      throw failure ?? cause;
    }
  }

  private async exchange(line: Line, post: Post, signal: AbortSignal): Promise<number> {
    const address = formatAddress(post.address);
    const abort = (): void => line.drop(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { status, keepAlive } = await line.send(requestBytes(address, post));
      if (keepAlive) this.keep(address, line);
      else line.drop();
      return status;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  private keep(address: string, line: Line): void {
    const lines = this.idle.get(address) ?? [];
    this.idle.set(address, lines);
    lines.push(line);
    line.rest(
      this.environment.timers.after(idleMs, () => line.drop(), { background: true }),
      () => {
        const place = lines.indexOf(line);
        if (place >= 0) lines.splice(place, 1);
        if (lines.length === 0 && this.idle.get(address) === lines) this.idle.delete(address);
      },
    );
  }
}

const requestBytes = (address: string, { target, body }: Post): Uint8Array => {
  const head =
    `POST ${target} HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
};

/** One connection: a request, its response, and again. */
class Line {
  /** Something of the current response has arrived. */
  answered = false;
  private readonly reader = new HttpReader("response", responseLimits);
  private waiting:
    { resolve: (response: HttpMessage) => void; reject: (error: Error) => void } | undefined;
  private ended: Error | undefined;
  private idleTimer: Timer | undefined;
  private whenGone: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly gone: () => void,
  ) {
    connection.listen({
      data: (bytes) => this.read(bytes),
      end: () => {
        this.take(this.reader.end());
        this.drop();
      },
      close: (error) => {
        this.take(this.reader.end());
        this.drop(error);
      },
    });
  }

  send(request: Uint8Array): Promise<HttpMessage> {
    this.idleTimer?.cancel();
    this.answered = false;
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(this.ended);
        return;
      }
      this.waiting = { resolve, reject };
      this.connection.write(request);
    });
  }

  rest(timer: Timer, whenGone: () => void): void {
    this.idleTimer = timer;
    this.whenGone = whenGone;
    if (this.ended) whenGone();
  }

  drop(error = new Error("the connection was closed before the answer")): void {
    if (this.ended) return;
    this.ended = error;
    this.idleTimer?.cancel();
    this.connection.destroy();
    this.gone();
    this.whenGone?.();
    this.waiting?.reject(error);
    this.waiting = undefined;
  }

  private read(bytes: Uint8Array): void {
    if (!this.waiting) {
      this.drop(new Error("bytes came that nobody asked for"));
      return;
    }
    this.answered = true;
    try {
      this.reader.push(bytes);
      this.take(this.reader.next());
    } catch (error) {
      this.drop(error as Error);
    }
  }

  private take(response: HttpMessage | undefined): void {
    const waiting = this.waiting;
    if (!response || !waiting) return;
    this.waiting = undefined;
    if (this.reader.begun) this.drop();
    waiting.resolve(this.ended ? { ...response, keepAlive: false } : response);
  }
}
