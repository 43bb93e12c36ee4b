import type { Environment } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import { BadRequest, Unavailable } from "../base/errors.js";
import type { Metadata } from "../base/metadata.js";
import { toMetadata } from "../base/metadata.js";
import { decodeError, type ErrorClasses } from "../call/error-wire.js";
import { endOfStream, header, writeTimeout } from "../call/headers.js";
import type { Codec } from "../codec/codec.js";
import type { Codecs } from "../codec/codecs.js";
import type { Message, Socket } from "../transport/transport.js";
import type { Attempt, Carrier } from "./carrier.js";
import type { Lease, Pool } from "./pool.js";

/** Content types of nodes that do not announce a protocol: the envelopes of old go-micro (wire.md 2.3). */
const legacyTypes: Readonly<Record<string, string>> = {
  "application/json": "application/json-rpc",
  "application/protobuf": "application/proto-rpc",
};

/** Carries calls as mucp, go-micro's own protocol: headers and a codec's body over a transport. */
export class MucpCarrier implements Carrier {
  #lastId = 0;

  constructor(
    private readonly environment: Environment,
    private readonly pool: Pool,
    private readonly codecs: Codecs,
    private readonly errors: ErrorClasses,
  ) {}

  async unary(attempt: Attempt): Promise<unknown> {
    const wire = this.#wire(attempt);
    if (attempt.kind === "client-stream") return this.#clientStream(attempt, wire);
    const body = wire.write(attempt.request);
    const lease = await this.#lease(attempt, false);
    const { socket } = lease;
    let clean = false;
    const untie = attempt.context.scope.onCancel(
      () => void socket.close({ abort: true }).catch(() => {}),
    );
    try {
      await socket.send({ headers: wire.headers, body });
      const reply = await socket.recv();
      if (!reply) throw lost(attempt);
      clean = true;
      return wire.read(reply);
    } finally {
      untie();
      lease.release(!clean);
    }
  }

  async #clientStream(attempt: Attempt, wire: Wire): Promise<unknown> {
    const replies: unknown[] = [];
    for await (const reply of this.#exchange(attempt, wire)) replies.push(reply);
    if (replies.length === 1) return replies[0];
    throw new Unavailable(
      `${attempt.service} ${attempt.shape.endpoint}: ${replies.length} replies to a call that has one`,
      { id: "plugboard.client", reason: "client.bad-reply", retry: "never" },
    );
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return this.#exchange(attempt, this.#wire(attempt));
  }

  async *#exchange(attempt: Attempt, wire: Wire): AsyncGenerator {
    const lease = await this.#lease(attempt, true);
    const { socket } = lease;
    let clean = false;
    const abort = (): void => void socket.close({ abort: true }).catch(() => {});
    const untie = attempt.context.scope.onCancel(abort);
    try {
      // go-micro's servers read the first message for its headers only.
      await socket.send({ headers: wire.headers, body: wire.opening() });
      const sending = this.#sendRequests(socket, attempt, wire);
      sending.catch((error: unknown) => attempt.context.scope.cancel(error as RpcError));
      for (;;) {
        const message = await socket.recv();
        if (!message) throw lost(attempt);
        if (message.headers[header.error] === endOfStream) break;
        yield wire.read(message);
      }
      clean = true;
    } finally {
      untie();
      lease.release(!clean);
    }
  }

  /** Rejects only for what goes wrong with the requests themselves; a lost peer is for `recv` to tell. */
  async #sendRequests(socket: Socket, attempt: Attempt, wire: Wire): Promise<void> {
    const send = (message: Message): Promise<boolean> =>
      socket.send(message).then(
        () => attempt.context.scope.reason === undefined,
        () => false,
      );
    const { headers } = wire;
    if (attempt.kind === "server-stream") {
      await send({ headers, body: wire.write(attempt.request) });
      return;
    }
    for await (const request of attempt.request as AsyncIterable<unknown>)
      if (!(await send({ headers, body: wire.write(request) }))) return;
    await send({ headers: { ...headers, [header.error]: endOfStream }, body: new Uint8Array(0) });
  }

  async #lease(attempt: Attempt, stream: boolean): Promise<Lease> {
    const leasing = this.pool.acquire(attempt.node.address, stream);
    const lease = leasing instanceof Promise ? await leasing : leasing;
    if (attempt.context.scope.reason) {
      lease.release(true);
      throw attempt.context.scope.reason;
    }
    return lease;
  }

  #wire(attempt: Attempt): Wire {
    const { shape, node } = attempt;
    const asked =
      attempt.contentType ?? (shape.input ? "application/protobuf" : "application/json");
    const legacy = node.metadata["protocol"] === undefined ? legacyTypes[asked] : undefined;
    const contentType = legacy ?? asked;
    const codec = this.codecs.get(contentType);
    const id = String(this.#lastId++);
    const headers = toMetadata(attempt.metadata);
    headers[header.contentType] = contentType;
    headers[header.accept] = contentType;
    headers[header.service] = attempt.service;
    headers[header.endpoint] = shape.endpoint;
    headers[header.method] = shape.endpoint;
    headers[header.id] = id;
    if (attempt.context.deadlineAt !== Number.POSITIVE_INFINITY) {
      headers[header.timeout] = writeTimeout(attempt.context.remainingMs());
    }
    const foreign = node.metadata["plugboard"] === undefined;
    // A stream id of its own keeps a unary call apart on servers of v4.10 and later (wire.md 1.3).
    if (attempt.kind !== "unary" || foreign) headers[header.stream] = id;
    if (attempt.kind !== "unary") headers[header.shape] = attempt.kind;
    if (attempt.attempt > 1) headers[header.attempt] = String(attempt.attempt);
    return new Wire(attempt, codec, headers, id, this.errors);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** The bytes of one attempt: its headers, and its values through one codec. */
class Wire {
  constructor(
    private readonly attempt: Attempt,
    private readonly codec: Codec,
    readonly headers: Metadata,
    private readonly id: string,
    private readonly errors: ErrorClasses,
  ) {}

  /** The body of a stream's first message: a zero request where the codec can write one. */
  opening(): Uint8Array {
    const { input } = this.attempt.shape;
    return (input ?? this.codec.schemaless) ? this.write({}) : new Uint8Array(0);
  }

  write(value: unknown): Uint8Array {
    const { endpoint, input } = this.attempt.shape;
    return this.codec.write({ id: this.id, endpoint }, "request", value, input);
  }

  read(message: Message): unknown {
    const { service, shape, node } = this.attempt;
    const failure = message.headers[header.error];
    if (failure) throw decodeError(failure, service, this.errors);
    const type = message.headers[header.contentType];
    if (type === "text/plain") {
      // go-micro answers unknown content types like this, without an error header.
      throw decodeError(Buffer.from(message.body).toString("utf8"), service, this.errors);
    }
    const envelope = this.codec.readHeader(message.body, "response");
    if (envelope.error) throw decodeError(envelope.error, service, this.errors);
    try {
      return this.codec.readBody(message.body, "response", shape.output);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw new Unavailable(
        `${service} ${shape.endpoint}: the reply of ${node.address} cannot be read: ${error.detail}`,
        { id: "plugboard.client", reason: "client.bad-reply", retry: "never", cause: error },
      );
    }
  }
}

const lost = (attempt: Attempt): Unavailable =>
  new Unavailable(
    `${attempt.service} ${attempt.shape.endpoint}: ${attempt.node.address} closed the connection without an answer`,
    { id: "plugboard.client", reason: "transport.closed" },
  );
