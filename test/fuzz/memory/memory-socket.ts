import { Duplex } from "node:stream";

/** Ends that are open. */
let live = 0;

/** How many ends of connections inside of this process are open. */
export const liveMemorySockets = (): number => live;

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
// Made once, since there are millions of them.
const [brokenPipe, reset] = [failure("EPIPE"), failure("ECONNRESET")];

/** One end of a connection inside of this process, as much like a socket of TCP as servers and clients look at. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 1;
  readonly remoteFamily = "IPv4";
  readonly localAddress = "127.0.0.1";
  readonly localPort = 1;
  connecting = false;
  #peer: MemorySocket | undefined;
  /** Ends the last write once the peer has read it. */
  #written: ((error?: Error) => void) | undefined;
  #saidEnd = false;
  #reset = false;

  private constructor() {
    super({ allowHalfOpen: true });
    live++;
  }

  /** Two ends of one connection. */
  static pair(): [MemorySocket, MemorySocket] {
    const [one, other] = [new MemorySocket(), new MemorySocket()];
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  /** Says on the next turn that it is open, as one does that was dialled. */
  dial(): void {
    this.connecting = true;
    process.nextTick(() => {
      if (this.destroyed) return;
      this.connecting = false;
      this.emit("connect");
      this.emit("ready");
    });
  }

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  address(): object {
    return { address: this.localAddress, port: this.localPort, family: this.remoteFamily };
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): void {
    this.#reset = true;
    this.destroy();
  }

  override _read(): void {
    const peer = this.#peer;
    if (!peer) return;
    const written = peer.#written;
    peer.#written = undefined;
    written?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    process.nextTick(() => {
      const peer = this.#peer;
      if (!peer || peer.destroyed || peer.#saidEnd) done(brokenPipe);
      else if (peer.push(chunk)) done();
      else this.#written = done;
    });
  }

  override _final(done: () => void): void {
    process.nextTick(() => {
      const peer = this.#peer;
      if (peer) peer.#hearEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    live--;
    const peer = this.#peer;
    this.#peer = undefined;
    process.nextTick(() => {
      if (!peer || peer.destroyed) return;
      if (this.#reset) peer.destroy(reset);
      else peer.#hearEnd();
      const written = peer.#written;
      peer.#written = undefined;
      written?.(brokenPipe);
    });
    this.#written = undefined;
    done(error);
  }

  #hearEnd(): void {
    if (this.#saidEnd || this.destroyed) return;
    this.#saidEnd = true;
    this.push(null);
  }
}
