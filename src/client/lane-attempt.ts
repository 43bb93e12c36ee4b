import { BadRequest, Unavailable } from "../base/errors.js";
import type { RpcError } from "../base/error.js";
import type { Metadata } from "../base/metadata.js";
import { decodeError, type ErrorClasses } from "../call/error-wire.js";
import type { BodyReader, BodyWriter } from "../codec/codec.js";
import type { Lane, LaneCall, LaneRoute } from "../transport/lane.js";
import type { Attempt, Outcome, Started } from "./carrier.js";

/** An endpoint in one content type, with what writes its requests and reads its replies. */
export interface LaneEndpoint extends LaneRoute {
  readonly writer: BodyWriter;
  readonly reader: BodyReader;
  readonly errors: ErrorClasses;
}

/** One attempt on its way over a lane. */
export class LaneAttempt implements LaneCall, Started {
  #number = 0;

  constructor(
    readonly route: LaneEndpoint,
    private readonly made: Attempt,
    private readonly outcome: Outcome,
    private readonly lane: Lane,
  ) {}

  get timeoutMs(): number {
    return this.made.timeoutMs;
  }

  get attempt(): number {
    return this.made.attempt;
  }

  get metadata(): Metadata | undefined {
    return this.made.metadata;
  }

  get writer(): BodyWriter {
    return this.route.writer;
  }

  get request(): unknown {
    return this.made.request;
  }

  /** @throws what {@link Lane.call} throws. */
  send(): this {
    this.#number = this.lane.call(this);
    return this;
  }

  cancel(): void {
    this.lane.cancel(this.#number, this);
  }

  replied(bytes: Buffer, start: number, end: number): void {
    let reply: unknown;
    try {
      reply = this.route.reader(bytes, start, end);
    } catch (error) {
      this.outcome.failed(error instanceof BadRequest ? unreadable(this.made, error) : error);
      return;
    }
    this.outcome.replied(reply);
  }

  refused(line: string): void {
    this.outcome.failed(decodeError(line, this.made.service, this.route.errors));
  }

  headers(metadata: Metadata): void {
    this.made.heard?.headers(metadata);
  }

  trailers(metadata: Metadata): void {
    this.made.heard?.trailers(metadata);
  }

  lost(error: RpcError): void {
    this.outcome.failed(error);
  }
}

/** Says that a reply came which its codec cannot read. */
export const unreadable = ({ service, shape, node }: Attempt, cause: BadRequest): Unavailable =>
  new Unavailable(
    `${service} ${shape.endpoint}: the reply of ${node.address} cannot be read: ${cause.detail}`,
    { id: "plugboard.client", reason: "client.bad-reply", retry: "never", cause },
  );
