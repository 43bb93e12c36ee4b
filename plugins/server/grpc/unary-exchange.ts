import {
  header,
  inflateMessage,
  MessageReader,
  readAttempt,
  readGrpcTimeout,
  toRpcError,
  type BodyWriter,
  type FramedMessage,
  type LaneReplies,
  type LaneRequest,
  type LaneServing,
  type Metadata,
  type MutableMetadata,
  type Peer,
  type RpcError,
  type ServeParts,
} from "../../../src/spi.js";
import { Answer } from "./answer.js";
import type { Arriving } from "./connection.js";
import { askedType, handlersMetadata, textIn, type IncomingCall } from "./incoming-call.js";
import { cutOff, lateRequest, manyRequests, noRequest, requestFaults } from "./request-faults.js";
import type { UnaryRoute } from "./unary-routes.js";

const headBytes = 5;

/** A plain unary call: one message each way. */
export class UnaryExchange implements LaneRequest, LaneReplies, Arriving {
  readonly number = 0;
  readonly from = "";
  readonly replies = this;
  readonly attempt: number;
  readonly bodyStart = 0;
  bytes: Buffer = nothing;
  timeoutMs: number;
  readonly #answer: Answer;
  readonly #goMicro: boolean;
  readonly #arrivedAt: number;
  #request: FramedMessage | undefined;
  #requests = 0;
  #ended = false;
  #begun = false;
  #serving: LaneServing | undefined;
  #headers: Metadata | undefined;
  #trailers: Metadata | undefined;

  constructor(
    private readonly call: IncomingCall,
    private readonly route: UnaryRoute,
    private readonly parts: ServeParts,
  ) {
    const { stream, headers, connection, maxMessageBytes } = call;
    this.#answer = new Answer(stream, connection);
    this.#answer.contentType = route.contentType;
    this.#goMicro = headers[askedType] !== undefined;
    this.attempt = readAttempt(textIn(headers, header.attempt));
    this.timeoutMs = readGrpcTimeout(textIn(headers, "grpc-timeout"));
    this.#arrivedAt = this.timeoutMs === Infinity ? 0 : this.parts.environment.clock.monotonic();
    connection.arriving.add(this);
    const reader = new MessageReader(maxMessageBytes, requestFaults(maxMessageBytes));
    stream.on("close", () => {
      connection.arriving.delete(this);
      connection.closed(stream);
      if (this.#serving && !this.#serving.done) this.#serving.gone();
    });
    stream.on("data", (chunk: Buffer) => {
      if (this.#begun) return;
      try {
        for (const message of reader.read(chunk)) {
          this.#request ??= message;
          this.#requests++;
        }
      } catch (error) {
        this.#turnDown(error);
        return;
      }
      // go-micro's callers need not end their side after their request.
      if (this.#goMicro && this.#request) this.#serve();
    });
    stream.on("end", () => {
      this.#ended = true;
      if (this.#begun) return;
      if (reader.unfinished) this.#turnDown(cutOff());
      else this.#serve();
    });
  }

  get bodyEnd(): number {
    return this.bytes.length;
  }

  get remoteAddress(): string {
    return this.call.connection.peer.address;
  }

  get certificate(): Peer["certificate"] {
    return this.call.connection.peer.certificate;
  }

  readMetadata(): MutableMetadata {
    return handlersMetadata(this.call.headers);
  }

  reply(_call: number, writer: BodyWriter, value: unknown): void {
    const frame = Buffer.allocUnsafe(headBytes + writer.room(value));
    const end = writer.write(value, frame, headBytes);
    frame[0] = 0;
    frame.writeUInt32BE(end - headBytes, 1);
    this.call.connection.turns.made(end);
    const answer = this.#answer;
    if (answer.lost) return;
    answer.begin(this.#headers);
    answer.end(this.#trailers, end === frame.length ? frame : frame.subarray(0, end));
    this.#letGo();
  }

  refuse(_call: number, error: RpcError): void {
    this.#begun = true;
    const told = {
      ...(this.#headers && { headers: this.#headers }),
      ...(this.#trailers && { trailers: this.#trailers }),
    };
    this.#answer.fail(error, told, this.#goMicro, this.parts.codecs);
    this.#letGo();
  }

  /** Never called: there is {@link refuse}. */
  fail(): void {
    throw new TypeError("errors are refused by what they are");
  }

  headers(_call: number, metadata: Metadata): void {
    this.#headers = metadata;
  }

  trailers(_call: number, metadata: Metadata): void {
    this.#trailers = metadata;
  }

  late(): void {
    if (!this.#begun) this.#turnDown(lateRequest(this.route.endpoint));
  }

  #serve(): void {
    this.#begun = true;
    const { connection } = this.call;
    connection.arriving.delete(this);
    connection.turns.run(() => this.#serveNow());
  }

  #serveNow(): void {
    const { connection, stream } = this.call;
    if (connection.turnsAway(stream)) return;
    const { endpoint } = this.route;
    const request = this.#request;
    if (!request || this.#requests > 1) {
      this.#turnDown(request ? manyRequests(endpoint) : noRequest(endpoint));
      return;
    }
    if (request.compressed) void this.#inflate(request.body);
    else this.#serveBytes(request.body);
  }

  async #inflate(body: Buffer): Promise<void> {
    const { headers, maxMessageBytes } = this.call;
    const encoding = textIn(headers, "grpc-encoding");
    const faults = requestFaults(maxMessageBytes);
    try {
      this.#serveBytes(await inflateMessage(body, encoding, maxMessageBytes, faults));
    } catch (error) {
      this.#turnDown(error);
    }
  }

  /** Refuses what never got to a handler. */
  #turnDown(error: unknown): void {
    const { environment, id } = this.parts;
    const { endpoint } = this.route;
    this.refuse(0, toRpcError(error, { id, endpoint }, environment));
  }

  #serveBytes(bytes: Buffer): void {
    if (this.#answer.lost) return;
    this.bytes = bytes;
    if (this.timeoutMs !== Infinity) {
      const waited = this.parts.environment.clock.monotonic() - this.#arrivedAt;
      this.timeoutMs = Math.max(0, this.timeoutMs - waited);
    }
    this.#serving = this.route.target.serve(this);
  }

  /** The caller may still be sending. */
  #letGo(): void {
    if (!this.#ended) this.call.connection.linger(this.call.stream);
  }
}

const nothing = Buffer.alloc(0);
