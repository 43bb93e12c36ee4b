import type { Message, RpcError } from "../../../src/spi.js";

/** Messages that may wait for a reader before their sender does. */
const mostWaiting = 32;

/** One direction of a channel: messages in order, a bound, and an end. */
export class MemoryInbox {
  private readonly queue: Message[] = [];
  private readonly senders: (() => void)[] = [];
  private ending: { readonly error: RpcError | undefined } | undefined;
  private taker:
    | {
        readonly resolve: (message: Message | undefined) => void;
        readonly reject: (error: RpcError) => void;
      }
    | undefined;

  /** Adds a message; resolves when the next may be added. After the end it is lost. */
  add(message: Message): Promise<void> {
    if (this.ending) return Promise.resolve();
    const { taker } = this;
    if (taker) {
      this.taker = undefined;
      taker.resolve(message);
      return Promise.resolve();
    }
    this.queue.push(message);
    if (this.queue.length < mostWaiting) return Promise.resolve();
    return new Promise((resolve) => this.senders.push(resolve));
  }

  /** The next message; after the last one the error, or undefined. */
  take(): Promise<Message | undefined> {
    const message = this.queue.shift();
    if (message) {
      this.senders.shift()?.();
      return Promise.resolve(message);
    }
    if (this.ending)
      return this.ending.error ? Promise.reject(this.ending.error) : Promise.resolve(undefined);
    if (this.taker) return Promise.reject(new Error("recv was called while another waits"));
    return new Promise((resolve, reject) => {
      this.taker = { resolve, reject };
    });
  }

  /** Ends it; what waits can still be taken. */
  end(error?: RpcError): void {
    if (this.ending) return;
    this.ending = { error };
    const { taker } = this;
    this.taker = undefined;
    if (error) taker?.reject(error);
    else taker?.resolve(undefined);
    for (const pass of this.senders.splice(0)) pass();
  }

  /** Ends it and forgets what waits. */
  discard(): void {
    this.queue.length = 0;
    this.end();
    this.ending = { error: undefined };
  }
}
