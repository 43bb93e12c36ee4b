import { Unavailable } from "../../../src/spi.js";

/** Those who wait until a connection takes more bytes. */
export class Drain {
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  open(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** The error of a channel that is gone; `safe` when nothing of the call can have been seen by the peer. */
export const channelClosed = (address: string, what: string, safe = false): Unavailable =>
  new Unavailable(`${address}: ${what}`, {
    id: "plugboard.transport.http",
    reason: "transport.closed",
    ...(safe && { retry: "safe" as const }),
  });
