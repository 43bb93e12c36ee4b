import type { IncomingMessage, ServerResponse } from "node:http";
import { Canceled, type Environment } from "../../../src/spi.js";
import type { Headers } from "./cors.js";

/** Milliseconds that the rest of a request that nobody reads may take to arrive. */
const restMs = 1_000;

/** The way back of one request. */
export class HttpAnswer {
  #over = false;
  #left = false;
  readonly #whenLeft = new Set<() => void>();

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly environment: Environment,
    /** What every answer says. */
    private readonly common: () => Headers,
  ) {}

  /** Whether the status has gone out. */
  get begun(): boolean {
    return this.response.headersSent;
  }

  /**
   * The connection is gone: Node tells that only the answer whose turn it is, and those that wait
   * behind it would wait for ever.
   */
  left(): void {
    this.#left = true;
    for (const told of this.#whenLeft) told();
    this.#whenLeft.clear();
  }

  get #gone(): boolean {
    return this.#left || this.response.destroyed;
  }

  /** @throws Canceled `server.caller-gone` when nobody is there to be answered. */
  checkCaller(): void {
    if (this.#gone) throw gone();
  }

  /** Sends everything at once; resolves when it has gone out. @throws Canceled `server.caller-gone`. */
  send(
    status: number,
    text: string | undefined,
    headers: Headers,
    body?: Uint8Array,
  ): Promise<void> {
    const length = body && { "content-length": String(body.byteLength) };
    this.begin(status, text, headers, length);
    return this.end(body);
  }

  /** Sends the status, and what `headers` and `more` say. */
  begin(status: number, text: string | undefined, headers: Headers, more?: Headers): void {
    const all = Object.assign(this.common(), headers, more); // no spread: see docs/performance.md
    if (text === undefined) this.response.writeHead(status, all);
    else this.response.writeHead(status, text, all);
  }

  /** Sends more; resolves when the next may be sent. @throws Canceled `server.caller-gone`. */
  write(bytes: Uint8Array | string): Promise<void> {
    const { response } = this;
    if (this.#gone) return Promise.reject(gone());
    if (response.write(bytes)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        response.off("drain", settle);
        response.off("close", settle);
        this.#whenLeft.delete(settle);
        if (this.#gone) reject(gone());
        else resolve();
      };
      response.on("drain", settle);
      response.on("close", settle);
      this.#whenLeft.add(settle);
    });
  }

  /** Ends it; resolves when everything has gone out. @throws Canceled `server.caller-gone`. */
  end(last?: Uint8Array, trailers: Headers = {}): Promise<void> {
    const { response } = this;
    if (this.#gone) return Promise.reject(gone());
    this.#over = true;
    return new Promise((resolve, reject) => {
      this.#whenLeft.add(() => reject(gone()));
      response.once("close", () => {
        if (response.writableFinished) resolve();
        else reject(gone());
      });
      response.once("finish", resolve);
      response.addTrailers(trailers);
      if (last) response.end(last);
      else response.end();
      this.#skipRest();
    });
  }

  /** Calls `listener` when the caller goes away before the end. */
  onGone(listener: () => void): void {
    const { response } = this;
    const closed = (): void => {
      if (!this.#over || !response.writableFinished) listener();
    };
    if (this.#gone) {
      closed();
      return;
    }
    let told = false;
    const once = (): void => {
      if (!told) closed();
      told = true;
    };
    response.once("close", once);
    this.#whenLeft.add(once);
  }

  /** Reads what nobody will, so that the connection can be used again; for a while. */
  #skipRest(): void {
    const { request } = this;
    if (request.complete || request.destroyed) return;
    const timer = this.environment.timers.after(restMs, () => request.destroy(), {
      background: true,
    });
    const done = (): void => timer.cancel();
    request.once("end", done);
    request.once("close", done);
    request.removeAllListeners("readable");
    request.on("data", () => {});
    request.resume();
  }
}

const gone = (): Canceled =>
  new Canceled("the caller went away before the reply", {
    reason: "server.caller-gone",
    retry: "never",
  });
