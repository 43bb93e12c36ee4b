import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  NotImplemented,
  orCancelled,
  type Attempt,
  type Carrier,
  type Outcome,
  type Started,
} from "../../../../src/spi.js";
import { clientClosed } from "../channels.js";
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
    if (attempt.kind === "client-stream") throw new NotImplemented("client streams");
    const body = wire.write(attempt.request);
    const compressed = compression === "gzip";
    const bytes = compressed ? await gzipped(body) : body;
    const session = await this.#reach(attempt);
    return new Promise((resolve, reject) => {
      const outcome = { replied: resolve, failed: reject };
      const call = new Http2Unary(session, wire, outcome, bytes, compressed);
      attempt.context.scope.onCancel((reason) => call.abort(reason));
    });
  }

  stream(): AsyncIterable<unknown> {
    throw new NotImplemented("streams");
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
