import type { IncomingMessage, ServerResponse } from "node:http";
import type { Environment } from "../../../src/spi.js";
import type { Headers } from "./cors.js";

/** Milliseconds that the rest of a request that nobody reads may take to arrive. */
const restMs = 1_000;

/** The way back of one request. */
export class HttpAnswer {
  #over = false;

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

  /** Sends everything at once; resolves when it has gone out. @throws when the caller is not there any more. */
  send(
    status: number,
    text: string | undefined,
    headers: Headers,
    body?: Uint8Array,
  ): Promise<void> {
    this.begin(status, text, {
      ...headers,
      ...(body && { "content-length": String(body.byteLength) }),
    });
    return this.end(body);
  }

  /** Sends the status. */
  begin(status: number, text: string | undefined, headers: Headers): void {
    const all = { ...this.common(), ...headers };
    if (text === undefined) this.response.writeHead(status, all);
    else this.response.writeHead(status, text, all);
  }

  /** Sends more; resolves when the next may be sent. @throws when the caller is not there any more. */
  write(bytes: Uint8Array | string): Promise<void> {
    const { response } = this;
    if (response.destroyed) return Promise.reject(gone());
    if (response.write(bytes)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        response.off("drain", settle);
        response.off("close", settle);
        if (response.destroyed) reject(gone());
        else resolve();
      };
      response.on("drain", settle);
      response.on("close", settle);
    });
  }

  /** Ends it; resolves when everything has gone out. @throws when the caller is not there any more. */
  end(last?: Uint8Array, trailers: Headers = {}): Promise<void> {
    const { response } = this;
    if (response.destroyed) return Promise.reject(gone());
    this.#over = true;
    return new Promise((resolve, reject) => {
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
    if (response.destroyed) closed();
    else response.once("close", closed);
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

const gone = (): Error => new Error("the caller went away");
