import type { ServerHttp2Stream } from "node:http2";
import { inflateMessage, MessageReader, type FramedMessage } from "../../../src/spi.js";
import { cutOff, requestFaults } from "./request-faults.js";

/** Messages that wait at most. */
const mostWaiting = 16;

/** The requests of a call, one at a time; what nobody asks for holds the caller back. */
export class RequestMessages {
  readonly #waiting: FramedMessage[] = [];
  #ended = false;
  #fault: unknown;
  #unwanted = false;
  #wake: (() => void) | undefined;

  /** `encoding` is the call's `grpc-encoding`. */
  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly encoding: string | undefined,
    private readonly maxBytes: number,
  ) {
    const reader = new MessageReader(maxBytes, requestFaults(maxBytes));
    stream.on("data", (chunk: Buffer) => {
      if (this.#unwanted) return;
      try {
        for (const message of reader.read(chunk)) this.#waiting.push(message);
      } catch (error) {
        this.#fail(error);
      }
      if (this.#waiting.length >= mostWaiting) stream.pause();
      this.#wake?.();
    });
    stream.on("end", () => {
      this.#ended = true;
      if (reader.unfinished) this.#fail(cutOff());
      this.#wake?.();
    });
  }

  /** Whether the caller will send nothing more. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next request, undefined after the last. Waits for ever when the caller is gone.
   * @throws ContentTooLarge `transport.too-large`, BadRequest `codec.malformed`, InternalServerError
   *   `codec.compressed`.
   */
  async next(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#fault !== undefined) throw this.#fault as Error;
      if (this.#ended) return undefined;
      if (this.stream.isPaused()) this.stream.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const { compressed, body } = this.#waiting.shift()!;
    if (!compressed) return body;
    return inflateMessage(body, this.encoding, this.maxBytes, requestFaults(this.maxBytes));
  }

  /** Fails what waits for the next. */
  giveUp(error: unknown): void {
    this.#fail(error);
    this.#wake?.();
  }

  /** Throws away what is still to come. */
  drop(): void {
    this.#unwanted = true;
    this.#waiting.length = 0;
    if (this.stream.isPaused()) this.stream.resume();
  }

  /** What came before it is still given. */
  #fail(error: unknown): void {
    this.#fault ??= error;
    this.#unwanted = true;
  }
}
