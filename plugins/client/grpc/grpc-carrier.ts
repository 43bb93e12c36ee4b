import {
  orCancelled,
  type Attempt,
  type Carrier,
  type Outcome,
  type RpcError,
  type Started,
} from "../../../src/spi.js";
import { CallTargets } from "./call-target.js";
import { CallWire } from "./call-wire.js";
import { clientClosed } from "./client-closed.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";
import { StreamCall } from "./stream-call.js";
import { UnaryCall } from "./unary-call.js";
import type { WireParts } from "./wire-parts.js";

/** Carries calls over gRPC. */
export class GrpcCarrier implements Carrier {
  readonly #targets: CallTargets;

  constructor(
    private readonly sessions: Sessions,
    private readonly parts: WireParts,
  ) {
    this.#targets = new CallTargets(parts.codecs);
  }

  start(attempt: Attempt, outcome: Outcome): Started | undefined {
    if (this.parts.compression === "gzip") return undefined;
    const session = this.sessions.at(attempt.node.address);
    if (!session) return undefined;
    const wire = this.#wire(attempt);
    const frame = wire.frame(attempt.request);
    const { timeoutMs } = attempt;
    return new UnaryCall(session, wire, outcome, { frame, compressed: false, timeoutMs });
  }

  async unary(attempt: Attempt): Promise<unknown> {
    const wire = this.#wire(attempt);
    if (attempt.kind === "client-stream") return this.#clientStream(attempt, wire);
    const plain = wire.frame(attempt.request);
    const session = await this.#reach(attempt);
    const compressed = wire.compresses(session);
    const frame = compressed ? await wire.compressed(plain) : plain;
    const { scope } = attempt.context;
    if (scope.reason) throw scope.reason;
    let untie = (): void => undefined;
    return new Promise((resolve, reject) => {
      const outcome = { replied: resolve, failed: reject };
      const timeoutMs = attempt.context.remainingMs();
      const call = new UnaryCall(session, wire, outcome, { frame, compressed, timeoutMs });
      untie = scope.onCancel((reason) => call.abort(reason));
    }).finally(() => untie());
  }

  async #clientStream(attempt: Attempt, wire: CallWire): Promise<unknown> {
    const replies: unknown[] = [];
    for await (const reply of this.#exchange(attempt, wire)) replies.push(reply);
    if (replies.length === 1) return replies[0];
    throw wire.errors.replyCount(replies.length);
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return this.#exchange(attempt, this.#wire(attempt));
  }

  async *#exchange(attempt: Attempt, wire: CallWire): AsyncGenerator {
    const { scope } = attempt.context;
    const session = await this.#reach(attempt);
    const call = new StreamCall(session, wire);
    const untie = scope.onCancel((reason) => call.abort(reason));
    try {
      call.send(attempt).catch((error: unknown) => scope.cancel(error as RpcError));
      for await (const body of call.replies()) yield wire.read(body);
    } finally {
      untie();
      call.release();
    }
  }

  #wire(attempt: Attempt): CallWire {
    return new CallWire(attempt, this.#targets.of(attempt), this.parts);
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
