import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  orCancelled,
  type Attempt,
  type Carrier,
  type Outcome,
  type RpcError,
  type Started,
} from "../../../../src/spi.js";
import { clientClosed } from "../channels.js";
import { Http2Exchange } from "./http2-exchange.js";
import { Http2Unary } from "./http2-unary.js";
import { Http2Wire, type Http2WireParts } from "./http2-wire.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";

const gzipped = promisify(gzip);

/** Carries calls over gRPC, by node:http2. */
export class Http2Carrier implements Carrier {
  constructor(
    private readonly sessions: Sessions,
    private readonly parts: Http2WireParts,
  ) {}

  start(attempt: Attempt, outcome: Outcome): Started | undefined {
    if (this.parts.compression === "gzip") return undefined;
    const session = this.sessions.at(attempt.node.address);
    if (!session) return undefined;
    const wire = new Http2Wire(attempt, this.parts);
    return new Http2Unary(session, wire, outcome, wire.write(attempt.request), false);
  }

  async unary(attempt: Attempt): Promise<unknown> {
    const { compression } = this.parts;
    const wire = new Http2Wire(attempt, this.parts);
    if (attempt.kind === "client-stream") return this.#clientStream(attempt, wire);
    const body = wire.write(attempt.request);
    const compressed = compression === "gzip";
    const bytes = compressed ? await gzipped(body) : body;
    const session = await this.#reach(attempt);
    let untie = (): void => undefined;
    return new Promise((resolve, reject) => {
      const outcome = { replied: resolve, failed: reject };
      const call = new Http2Unary(session, wire, outcome, bytes, compressed);
      untie = attempt.context.scope.onCancel((reason) => call.abort(reason));
    }).finally(() => untie());
  }

  async #clientStream(attempt: Attempt, wire: Http2Wire): Promise<unknown> {
    const replies: unknown[] = [];
    for await (const reply of this.#exchange(attempt, wire)) replies.push(reply);
    if (replies.length === 1) return replies[0];
    throw wire.replyCount(replies.length);
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return this.#exchange(attempt, new Http2Wire(attempt, this.parts));
  }

  async *#exchange(attempt: Attempt, wire: Http2Wire): AsyncGenerator {
    const { scope } = attempt.context;
    const session = await this.#reach(attempt);
    const exchange = new Http2Exchange(session, wire);
    const untie = scope.onCancel((reason) => exchange.abort(reason));
    try {
      exchange.send(attempt).catch((error: unknown) => scope.cancel(error as RpcError));
      for await (const body of exchange.replies()) yield wire.read(body);
    } finally {
      untie();
      exchange.release();
    }
  }

  /** A connection, while the call is wanted. */
  async #reach({ node, context }: Attempt): Promise<Session> {
    const session = await orCancelled(context, this.sessions.reach(node.address));
    if (context.scope.reason) throw context.scope.reason;
    if (this.sessions.closed) throw clientClosed();
    return session;
  }

  async close(): Promise<void> {
    this.sessions.close();
  }
}
