import type { Readable } from "node:stream";

/** The messages of a gRPC stream, one at a time; what nobody asks for holds the sender back. */
export class Inbox {
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(private readonly stream: Readable) {
    const wake = (): void => this.#wake?.();
    const end = (): void => {
      this.#ended = true;
      wake();
    };
    stream.on("readable", wake);
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", (error) => {
      this.#error ??= error;
      wake();
    });
  }

  /** The next message, undefined after the last. @throws the stream's error, after what came before it. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const message = this.stream.read() as Buffer | null;
      if (message !== null) return message;
      if (this.#error) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
