import type { IncomingMessage } from "node:http";
import { Canceled, ContentTooLarge, Inbox, Timeout, type Environment } from "../../../src/spi.js";

/** What may come. */
export interface BodyLimits {
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** Milliseconds for a message, from the first byte of its request to its last. */
  readonly messageTimeoutMs: number;
}

/** The bytes that come with a request; what nobody asks for holds the caller back. */
export class RequestBody {
  readonly #inbox: Inbox;

  constructor(
    private readonly request: IncomingMessage,
    private readonly limits: BodyLimits,
    private readonly environment: Environment,
  ) {
    this.#inbox = new Inbox(request);
  }

  /** @throws ContentTooLarge `transport.too-large` when the request says itself that it is over the limit. */
  checkLength(): void {
    const said = Number(this.request.headers["content-length"] ?? 0);
    if (said > this.limits.maxMessageBytes) throw this.#tooLarge();
  }

  /** The next bytes, undefined after the last. @throws Canceled `server.caller-gone`. */
  async next(): Promise<Buffer | undefined> {
    const chunk = await this.#inbox.next().catch((cause: unknown) => {
      throw callerLeft(cause);
    });
    if (chunk === undefined && !this.request.complete) throw callerLeft(undefined);
    return chunk;
  }

  /**
   * All of it. @throws ContentTooLarge `transport.too-large`, Timeout `transport.message-timeout`,
   * and as `next`.
   */
  async whole(): Promise<Buffer> {
    let late = (): void => undefined;
    const { messageTimeoutMs } = this.limits;
    const expired = new Promise<never>((_resolve, reject) => {
      late = () =>
        reject(
          new Timeout(`the request did not arrive within ${messageTimeoutMs} ms`, {
            reason: "transport.message-timeout",
          }),
        );
    });
    const timer = this.environment.timers.after(messageTimeoutMs, () => late());
    try {
      return await Promise.race([this.#read(), expired]);
    } finally {
      timer.cancel();
    }
  }

  async #read(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = await this.next();
      if (!chunk) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
      size += chunk.length;
      if (size > this.limits.maxMessageBytes) throw this.#tooLarge();
      chunks.push(chunk);
    }
  }

  #tooLarge(): ContentTooLarge {
    return new ContentTooLarge(
      `the request is over the limit of ${this.limits.maxMessageBytes} bytes`,
      { reason: "transport.too-large", retry: "never" },
    );
  }
}

const callerLeft = (cause: unknown): Canceled =>
  new Canceled("the caller went away before its request was complete", {
    reason: "server.caller-gone",
    retry: "never",
    cause,
  });
