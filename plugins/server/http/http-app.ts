import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  BadRequest,
  RpcError,
  rpcError,
  toErrorCode,
  UnsupportedMediaType,
} from "../../../src/spi.js";
import type { FastifyModule } from "./load-fastify.js";
import { refuseBytes } from "./refused-bytes.js";

/** What peers may do. */
export interface HttpLimits {
  /** Bytes of a request's headers. */
  readonly maxHeaderBytes: number;
  /** Connections at once; more are closed. */
  readonly maxConnections: number;
  /** Milliseconds that the headers of a request may take to arrive. */
  readonly messageTimeoutMs: number;
  /** Milliseconds that a connection without a call is kept. */
  readonly idleTimeoutMs: number;
}

/** Adds routes, hooks and plugins of Fastify's own. */
export type Configure = (app: FastifyInstance) => unknown;

/** Who answers requests. */
export interface Requests {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Answers with what was thrown, as far as a caller may know it. */
  refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void;
}

const name = "plugboard.server.http";

/**
 * Fastify with all that `configure` adds; everything else goes to `requests`, its body unread. With
 * `secured` its server is one of HTTPS.
 */
export async function httpApp(
  { fastify }: FastifyModule,
  { maxHeaderBytes, maxConnections, messageTimeoutMs, idleTimeoutMs }: HttpLimits,
  requests: Requests,
  configure: Configure | undefined,
  secured: ServerOptions | undefined,
): Promise<FastifyInstance> {
  const http = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: messageTimeoutMs,
    connectionsCheckingInterval: Math.min(messageTimeoutMs, 1_000),
  };
  const app = fastify({
    forceCloseConnections: true,
    keepAliveTimeout: idleTimeoutMs,
    requestTimeout: 0, // a stream of requests takes as long as it takes
    http,
    ...(secured && { https: { ...http, ...secured } }),
    routerOptions: { maxParamLength: maxHeaderBytes },
    clientErrorHandler: (error, socket) => refuseBytes(error, socket, name),
    frameworkErrors: (error, { raw }, reply) => requests.refuse(raw, taken(reply), refusal(error)),
  });
  app.server.maxConnections = maxConnections;
  await configure?.(app);
  await app.register(async (calls: FastifyInstance) => {
    const handle = ({ raw }: FastifyRequest, reply: FastifyReply): void =>
      requests.handle(raw, taken(reply));
    calls.removeAllContentTypeParsers();
    calls.addContentTypeParser("*", (_request, _payload, done) => done(null));
    calls.setErrorHandler((error, { raw }, reply) =>
      requests.refuse(raw, taken(reply), refusal(error)),
    );
    calls.all("/*", handle);
    calls.setNotFoundHandler(handle);
  });
  await app.ready();
  return app;
}

/** Takes the answer out of Fastify's hands. What hooks have set on it stays. */
function taken(reply: FastifyReply): ServerResponse {
  for (const [header, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(header, value);
  reply.hijack();
  return reply.raw;
}

/** What a hook threw, or Fastify itself, as an error that callers may read; others are for the log. */
function refusal(thrown: unknown): unknown {
  if (thrown instanceof RpcError || !(thrown instanceof Error)) return thrown;
  const { statusCode, code, message } = thrown as FastifyError;
  if (code?.startsWith("FST_ERR_CTP_")) {
    return new UnsupportedMediaType(`${message}; send Content-Type: application/json`, {
      reason: "server.content-type",
      retry: "never",
    });
  }
  if (code === "FST_ERR_BAD_URL" || code === "FST_ERR_MAX_PARAM_LENGTH")
    return new BadRequest(message, { reason: "transport.malformed", retry: "never" });
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? rpcError(toErrorCode(statusCode), message, { cause: thrown })
    : thrown;
}
