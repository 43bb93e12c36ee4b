import type { RpcError } from "../../../src/spi.js";

const open = Promise.resolve();

/** Where senders wait while a connection takes no more bytes. */
export class WriteGate {
  private waiting: Promise<void> | undefined;
  private pass: (() => void) | undefined;
  private refuse: ((error: RpcError) => void) | undefined;

  /** True while senders wait. */
  get shut(): boolean {
    return this.waiting !== undefined;
  }

  /** Resolves when the next message may be written; `ready` is what the last write said. */
  after(ready: boolean): Promise<void> {
    if (!ready && !this.waiting) {
      this.waiting = new Promise((resolve, reject) => {
        this.pass = resolve;
        this.refuse = reject;
      });
      // Nobody may be waiting when it fails.
      this.waiting.catch(() => undefined);
    }
    return this.waiting ?? open;
  }

  /** Lets everybody pass. */
  open(): void {
    this.pass?.();
    this.waiting = this.pass = this.refuse = undefined;
  }

  /** Fails everybody. */
  fail(error: RpcError): void {
    this.refuse?.(error);
    this.waiting = this.pass = this.refuse = undefined;
  }
}
