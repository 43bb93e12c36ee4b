import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  describe,
  serveCall,
  ServingTurns,
  toRpcError,
  type Environment,
  type ServeParts,
} from "../../../src/spi.js";
import type { Cors, Headers } from "./cors.js";
import { errorAnswer } from "./error-answer.js";
import { HttpAnswer } from "./http-answer.js";
import type { Requests } from "./http-app.js";
import { HttpExchange } from "./http-exchange.js";
import { answerProbe, isProbe, type Standing } from "./probes.js";
import type { BodyLimits } from "./request-body.js";

/** What an {@link HttpDoor} is told. */
export interface HttpDoorOptions {
  readonly limits: BodyLimits;
  readonly cors: Cors | undefined;
  /** Whether probes are answered. */
  readonly health: boolean;
}

/**
 * Milliseconds that callers with an open connection have to hear that they must go elsewhere, once
 * every call has ended: HTTP/1.1 tells them with the answer to their next call.
 */
const lingerMs = 250;

/**
 * Requests of one connection that may wait for their answers. Few callers send a second before the first is
 * answered; from those who never read, Node stops reading as well, and would not notice that they have gone.
 */
const mostUnanswered = 128;

/** What has come on one connection. */
interface Arrivals {
  /** The answers that are not out. */
  readonly answers: Set<HttpAnswer>;
  /** Whose turn it is of calls whose requests have come. */
  readonly turns: ServingTurns;
}

/** What comes through an open address. */
export class HttpDoor implements Requests {
  #draining = false;
  #parts: ServeParts | undefined;
  #waiting: (() => void)[] = [];
  #connections = 0;
  readonly #arrivals = new WeakMap<Socket, Arrivals>();
  #emptied: (() => void) | undefined;

  constructor(
    private readonly options: HttpDoorOptions,
    private readonly environment: Environment,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    const answer = this.#answerTo(request, response);
    if (request.socket.destroyed) return; // one request too many, or what came behind it
    this.#settle(request, this.#answer(request, answer));
  }

  refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const where = { id: "plugboard.server.http", endpoint: request.url ?? "a call" };
    const { status, text, headers, body } = errorAnswer(
      toRpcError(thrown, where, this.environment),
    );
    const answer = this.#answerTo(request, response);
    this.#settle(request, answer.send(status, text, headers, body));
  }

  #answerTo(request: IncomingMessage, response: ServerResponse): HttpAnswer {
    const { cors } = this.options;
    const common = (): Headers => ({
      "x-content-type-options": "nosniff",
      ...cors?.headers(request.headers),
      ...(this.#draining && { connection: "close" }),
    });
    const answer = new HttpAnswer(request, response, this.environment, common);
    const { answers } = this.#arrivalsOn(request.socket);
    answers.add(answer);
    response.once("close", () => answers.delete(answer));
    if (answers.size > mostUnanswered) request.socket.destroy();
    if (request.socket.destroyed) answer.left();
    return answer;
  }

  #arrivalsOn(socket: Socket): Arrivals {
    const known = this.#arrivals.get(socket);
    if (known) return known;
    const answers = new Set<HttpAnswer>();
    const arrivals = { answers, turns: new ServingTurns(this.environment.timers) };
    this.#arrivals.set(socket, arrivals);
    socket.once("close", () => {
      for (const answer of answers) answer.left();
    });
    return arrivals;
  }

  #settle(request: IncomingMessage, answered: Promise<void>): void {
    answered.catch((error: unknown) =>
      this.environment.logger.debug("a call broke off", {
        peer: request.socket.remoteAddress,
        error: describe(error),
      }),
    );
  }

  async #answer(request: IncomingMessage, answer: HttpAnswer): Promise<void> {
    const { cors, limits, health } = this.options;
    if (request.method === "OPTIONS" && cors)
      return answer.send(204, undefined, { allow: "POST", ...cors.preflight(request.headers) });
    if (health && isProbe(request.url)) return answerProbe(request, this.#standing, answer);
    const parts = this.#parts ?? (await this.#accepted());
    const { turns } = this.#arrivalsOn(request.socket);
    await serveCall(new HttpExchange(request, answer, parts, limits, turns), parts);
  }

  async #accepted(): Promise<ServeParts> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#parts!;
  }

  get #standing(): Standing {
    if (this.#draining) return "draining";
    return this.#parts?.readiness.ready ? "ready" : "waiting";
  }

  accept(parts: ServeParts): void {
    this.#parts = parts;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  drain(): void {
    this.#draining = true;
  }

  connected(socket: { once(event: "close", listener: () => void): unknown }): void {
    this.#connections++;
    socket.once("close", () => {
      if (--this.#connections === 0) this.#emptied?.();
    });
  }

  /** Resolves when nobody is connected, or has had the time to hear that they should not be. */
  empty(): Promise<void> {
    if (!this.#draining || this.#connections === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.environment.timers.after(lingerMs, resolve);
      this.#emptied = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
