import type { Message, RpcError } from "../../../src/spi.js";

/** How a channel ended: in good order, or with an error. */
interface Ending {
  readonly error: RpcError | undefined;
}

/** Messages that arrived for one channel, until they are taken. */
export class Inbox {
  private readonly queue: Message[] = [];
  private taker: ((message: Message | undefined) => void) | undefined;
  private refuse: ((error: RpcError) => void) | undefined;
  private ending: Ending | undefined;
  /** Messages and bytes of body that wait to be taken. */
  size = 0;
  bytes = 0;

  /** Adds a message. False when a taker got it at once. Nothing is added after the end. */
  add(message: Message): boolean {
    if (this.ending) return false;
    const { taker } = this;
    if (taker) {
      this.taker = this.refuse = undefined;
      taker(message);
      return false;
    }
    this.queue.push(message);
    this.size++;
    this.bytes += message.body.length;
    return true;
  }

  /** Ends the inbox; what waits can still be taken, then the error or undefined is. */
  end(error?: RpcError): void {
    if (this.ending) return;
    this.ending = { error };
    const { taker, refuse } = this;
    this.taker = this.refuse = undefined;
    if (error) refuse?.(error);
    else taker?.(undefined);
  }

  /** Ends the inbox and forgets what waits. */
  discard(): void {
    if (this.size > 0) this.queue.length = 0;
    this.size = this.bytes = 0;
    this.end();
    this.ending = { error: undefined };
  }

  get ended(): boolean {
    return this.ending !== undefined;
  }

  /** The next message, undefined at an end in good order. */
  take(): Promise<Message | undefined> {
    const message = this.queue.shift();
    if (message) {
      this.size--;
      this.bytes -= message.body.length;
      return Promise.resolve(message);
    }
    if (this.ending)
      return this.ending.error ? Promise.reject(this.ending.error) : Promise.resolve(undefined);
    if (this.taker) return Promise.reject(new Error("recv was called while another waits"));
    return new Promise((resolve, reject) => {
      this.taker = resolve;
      this.refuse = reject;
    });
  }
}
