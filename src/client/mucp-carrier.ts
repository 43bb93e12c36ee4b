import type { Timers } from "../base/environment.js";
import type { RpcError } from "../base/error.js";
import { BadRequest, Unavailable } from "../base/errors.js";
import type { Metadata } from "../base/metadata.js";
import { newMetadata, toMetadata } from "../base/metadata.js";
import { decodeError, type ErrorClasses } from "../call/error-wire.js";
import { endOfStream, header, writeTimeout } from "../call/headers.js";
import type { Codec } from "../codec/codec.js";
import type { Codecs } from "../codec/codecs.js";
import type { Message, Socket } from "../transport/transport.js";
import type { EndpointShape } from "../call/contract.js";
import { bodyReader, bodyWriter } from "../codec/body-coders.js";
import { framesKey, framesVersion } from "../frames/protocol.js";
import type { Lane } from "../transport/lane.js";
import type { ServiceNode } from "../registry/registry.js";
import type { Attempt, Carrier, Outcome, Started } from "./carrier.js";
import { hearMessage } from "./hear-message.js";
import { LaneAttempt, unreadable, type LaneEndpoint } from "./lane-attempt.js";
import type { LaneClient, LaneConnections } from "./lane-connections.js";
import { LaneReplies } from "./lane-replies.js";
import { openStream } from "./open-stream.js";
import type { Lease, Pool } from "./pool.js";
import { QuietEnd } from "./quiet-end.js";
import { lostAnswer, SocketAttempt } from "./socket-attempt.js";

/** Content types of nodes that do not announce a protocol: the envelopes of old go-micro (wire.md 2.3). */
const legacyTypes: Readonly<Record<string, string>> = {
  "application/json": "application/json-rpc",
  "application/protobuf": "application/proto-rpc",
};

/** Carries calls as mucp, go-micro's own protocol: headers and a codec's body over a transport. */
export class MucpCarrier implements Carrier {
  #lastId = 0;
  /** What is known of endpoints, by shape. */
  readonly #endpoints = new WeakMap<EndpointShape, LaneEndpoint[]>();
  /** What was asked for last, which is mostly asked for again. */
  #lastShape: EndpointShape | undefined;
  #lastEndpoints: LaneEndpoint[] | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly lanes: LaneConnections,
    private readonly codecs: Codecs,
    private readonly errors: ErrorClasses,
    private readonly from: string,
    private readonly timers: Timers,
  ) {}

  start(attempt: Attempt, outcome: Outcome): Started | undefined {
    if (!takesLane(attempt.node)) return this.#startPooled(attempt, outcome);
    const client = this.lanes.get(attempt.node.address);
    const endpoint = client && this.#endpoint(attempt);
    return endpoint && new LaneAttempt(endpoint, attempt, outcome, client.lane).send();
  }

  async unary(attempt: Attempt): Promise<unknown> {
    if (attempt.kind === "unary" && takesLane(attempt.node)) {
      const overLane = await this.#overLane(attempt);
      if (overLane) return overLane.reply;
    }
    if (attempt.kind === "client-stream") return this.#clientStream(attempt);
    const wire = this.#wire(attempt);
    const body = wire.write(attempt.request);
    const lease = await this.#lease(attempt, false);
    return new Promise((replied, failed) => {
      const sent = new SocketAttempt(attempt, wire, lease, { replied, failed }).send(body);
      attempt.context.scope.onCancel((reason) => {
        sent.cancel();
        failed(reason);
      });
    });
  }

  /** The same over a connection of the pool that is open and has room. */
  #startPooled(attempt: Attempt, outcome: Outcome): Started | undefined {
    const lease = this.pool.take(attempt.node.address, false);
    if (!lease) return undefined;
    try {
      const wire = this.#wire(attempt);
      const body = wire.write(attempt.request);
      return new SocketAttempt(attempt, wire, lease, outcome).send(body);
    } catch (error) {
      lease.release(false); // nothing was sent
      throw error;
    }
  }

  /** A unary attempt over a lane that may have to be opened; undefined where there can be none. */
  async #overLane(attempt: Attempt): Promise<{ readonly reply: Promise<unknown> } | undefined> {
    const endpoint = this.#endpoint(attempt);
    const client = endpoint && (await this.#laneClient(attempt));
    if (!client) return undefined;
    const reply = new Promise((replied, failed) => {
      const sent = new LaneAttempt(endpoint, attempt, { replied, failed }, client.lane).send();
      attempt.context.scope.onCancel((reason) => {
        sent.cancel();
        failed(reason);
      });
    });
    reply.catch(() => undefined);
    return { reply };
  }

  async #laneClient({ node, context }: Attempt): Promise<LaneClient | undefined> {
    const client = this.lanes.get(node.address) ?? (await this.lanes.dial(node.address));
    if (context.scope.reason) throw context.scope.reason;
    return client;
  }

  /** How an endpoint is called over lanes; undefined for codecs that need a number in the body. */
  #endpoint({ shape, kind, service, contentType }: Attempt): LaneEndpoint | undefined {
    const asked = contentType ?? defaultType(shape);
    let known = shape === this.#lastShape ? this.#lastEndpoints : this.#endpoints.get(shape);
    if (!known) this.#endpoints.set(shape, (known = []));
    this.#lastShape = shape;
    this.#lastEndpoints = known;
    for (const endpoint of known)
      if (endpoint.service === service && endpoint.contentType === asked && endpoint.shape === kind)
        return endpoint;
    const codec = this.codecs.get(asked);
    if (codec.enveloped) return undefined;
    const header = { endpoint: shape.endpoint };
    const endpoint: LaneEndpoint = {
      service,
      endpoint: shape.endpoint,
      contentType: asked,
      shape: kind,
      writer: bodyWriter(codec, header, "request", shape.input),
      reader: bodyReader(codec, "response", shape.output),
      errors: this.errors,
    };
    if (known.length < mostKnown) known.push(endpoint);
    return endpoint;
  }

  async #clientStream(attempt: Attempt): Promise<unknown> {
    const replies: unknown[] = [];
    const exchange = (await this.#streamLane(attempt)) ?? this.stream(attempt);
    for await (const reply of exchange) {
      replies.push(reply);
      if (isForeign(attempt.node)) break; // go-micro says no more after the one reply
    }
    if (replies.length === 1) return replies[0];
    throw new Unavailable(
      `${attempt.service} ${attempt.shape.endpoint}: ${replies.length} replies to a call that has one`,
      { id: "plugboard.client", reason: "client.bad-reply", retry: "never" },
    );
  }

  async openStream(attempt: Attempt): Promise<AsyncIterable<unknown>> {
    return (await this.#streamLane(attempt)) ?? openStream(this.stream(attempt));
  }

  /** The replies of a stream over a lane; undefined where there can be none. */
  async #streamLane(attempt: Attempt): Promise<LaneReplies | undefined> {
    const endpoint = takesLane(attempt.node) ? this.#endpoint(attempt) : undefined;
    const client = endpoint && (await this.#laneClient(attempt));
    return client && canStream(client.lane)
      ? new LaneReplies(endpoint, attempt, client.lane).open()
      : undefined;
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
    const quiet =
      attempt.kind !== "server-stream" && isForeign(attempt.node)
        ? new QuietEnd(this.timers, abort)
        : undefined;
    try {
      // go-micro's servers read the first message for its headers only.
      await socket.send({ headers: wire.headers, body: wire.opening() });
      const sending = this.#sendRequests(socket, attempt, wire);
      sending.then(
        () => quiet?.requestsEnded(),
        (error: unknown) => attempt.context.scope.cancel(error as RpcError),
      );
      for (;;) {
        const message = await received(socket, quiet);
        if (message === "over") return;
        if (!message) throw lostAnswer(attempt);
        if (attempt.heard) hearMessage(attempt.heard, message.headers);
        if (message.headers[header.error] === endOfStream) break;
        quiet?.replied();
        yield wire.read(message);
      }
      clean = true;
    } finally {
      quiet?.stop();
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
    const client = stream && takesLane(attempt.node) && (await this.#laneClient(attempt));
    if (client) {
      const socket = client.open({ stream });
      const release = (abort: boolean): void => void socket.close({ abort }).catch(() => {});
      return { socket, reused: true, release };
    }
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
    const asked = attempt.contentType ?? defaultType(shape);
    const legacy = node.metadata["protocol"] === undefined ? legacyTypes[asked] : undefined;
    const contentType = legacy ?? asked;
    const codec = this.codecs.get(contentType);
    const id = String(this.#lastId++);
    const headers = attempt.metadata ? toMetadata(attempt.metadata) : newMetadata();
    headers[header.fromService] ??= this.from;
    headers[header.contentType] = contentType;
    headers[header.accept] = contentType;
    headers[header.service] = attempt.service;
    headers[header.endpoint] = shape.endpoint;
    headers[header.method] = shape.endpoint;
    headers[header.id] = id;
    if (attempt.timeoutMs !== Number.POSITIVE_INFINITY)
      headers[header.timeout] = writeTimeout(attempt.timeoutMs);
    // A stream id of its own keeps a unary call apart on servers of v4.10 and later (wire.md 1.3).
    if (attempt.kind !== "unary" || isForeign(node)) headers[header.stream] = id;
    if (attempt.kind !== "unary") headers[header.shape] = attempt.kind;
    if (attempt.attempt > 1) headers[header.attempt] = String(attempt.attempt);
    return new Wire(attempt, codec, headers, id, this.errors);
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.lanes.close()]);
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
    const { service, shape } = this.attempt;
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
      throw unreadable(this.attempt, error);
    }
  }
}

/** The next message, or that silence has ended the stream. */
async function received(
  socket: Socket,
  quiet: QuietEnd | undefined,
): Promise<Message | "over" | undefined> {
  try {
    const message = await socket.recv();
    return !message && quiet?.over ? "over" : message;
  } catch (error) {
    if (quiet?.over) return "over";
    throw error;
  }
}

/** Whether a node is none of ours, but go-micro's or something like it. */
const isForeign = ({ metadata }: ServiceNode): boolean => metadata["plugboard"] === undefined;

/** Endpoints remembered for one shape. */
const mostKnown = 64;

const takesLane = ({ metadata }: ServiceNode): boolean => metadata[framesKey] === framesVersion;

const canStream = (lane: Lane): lane is Required<Lane> => lane.stream !== undefined;

const defaultType = ({ input }: EndpointShape): string =>
  input ? "application/protobuf" : "application/json";
