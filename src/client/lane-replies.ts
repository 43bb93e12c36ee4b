import { BadRequest } from "../base/errors.js";
import type { RpcError } from "../base/error.js";
import type { Metadata } from "../base/metadata.js";
import { decodeError } from "../call/error-wire.js";
import type { LaneStreamCall, LaneStream, Lane } from "../transport/lane.js";
import { LaneInbox } from "../transport/lane-inbox.js";
import { StreamSender } from "../transport/stream-sender.js";
import type { Attempt } from "./carrier.js";
import { unreadable, type LaneEndpoint } from "./lane-attempt.js";
import { watch, type ReplyWatcher, type WatchedReplies } from "./watched-replies.js";

/** One attempt of a call with streams on its way over a lane, and its replies. */
export class LaneReplies implements LaneStreamCall, WatchedReplies {
  readonly #inbox: LaneInbox;
  #stream!: LaneStream;
  #sender: StreamSender | undefined;
  #opened: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #untie: (() => void) | undefined;

  constructor(
    readonly route: LaneEndpoint,
    private readonly made: Attempt,
    private readonly lane: Required<Lane>,
  ) {
    this.#inbox = new LaneInbox(route.reader);
  }

  get timeoutMs(): number {
    return this.made.timeoutMs;
  }

  get attempt(): number {
    return this.made.attempt;
  }

  get metadata(): Metadata | undefined {
    return this.made.metadata;
  }

  /**
   * Makes the call. Resolves when the first reply is here, or the stream has ended well without one;
   * what comes instead is thrown, and is nothing to be read. @throws also what {@link Lane.call} throws.
   */
  open(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#opened = { resolve: () => resolve(this), reject };
      const stream = (this.#stream = this.#inbox.stream = this.lane.stream(this));
      this.#untie = this.made.context.scope.onCancel((reason) => this.#cancelled(reason));
      if (!stream.over) this.#send(stream);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#inbox.next();
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#leave();
    return this.#inbox.return();
  }

  [watch](watcher: ReplyWatcher): void {
    this.#inbox.end = watcher;
  }

  message(bytes: Buffer, start: number, end: number): void {
    try {
      this.#inbox.put(bytes, start, end);
    } catch (error) {
      this.#leave();
      this.#failed(error instanceof BadRequest ? unreadable(this.made, error) : error);
      return;
    }
    if (this.#opened) this.#isOpen();
  }

  ended(): void {
    this.#over();
    this.#inbox.close();
    this.#isOpen();
  }

  refused(line: string): void {
    this.#over();
    this.#failed(decodeError(line, this.made.service, this.route.errors));
  }

  credit(): void {
    this.#sender?.credit();
  }

  headers(metadata: Metadata): void {
    this.made.heard?.headers(metadata);
  }

  trailers(metadata: Metadata): void {
    this.made.heard?.trailers(metadata);
  }

  lost(error: RpcError): void {
    this.#over();
    this.#failed(error);
  }

  #send(stream: LaneStream): void {
    const { kind, request, context } = this.made;
    const { writer } = this.route;
    const unsent = (error: unknown): void => context.scope.cancel(error as RpcError);
    if (kind === "server-stream") {
      try {
        stream.send(writer, request);
      } catch (error) {
        unsent(error);
      }
      return;
    }
    this.#sender = new StreamSender(stream, writer);
    this.#sender.send(request as AsyncIterable<unknown>).then((all) => {
      if (all) stream.end();
    }, unsent);
  }

  #isOpen(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.resolve();
  }

  /** Before the first reply the attempt has failed, later the reader is told after what is here. */
  #failed(error: unknown): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.reject(error);
    this.#inbox.close(error);
  }

  #cancelled(reason: RpcError): void {
    this.#leave();
    this.#inbox.drop(reason);
    this.#failed(reason);
  }

  #leave(): void {
    this.#stream.leave();
    this.#over();
  }

  /** Nothing is sent any more. */
  #over(): void {
    this.#untie?.();
    this.#sender?.stop();
  }
}
