import type { Environment } from "../base/environment.js";
import { InternalServerError } from "../base/errors.js";
import { compose, type Call, type CallHandler, type Interceptor } from "../call/call.js";
import type { Context } from "../call/context.js";
import { resolveSchema, type ResolvedSchema } from "../call/schema.js";
import type { Handler, HandlerDefinition } from "./server.js";

/** Method names that clients cannot call, because JavaScript or the framework asks objects for them. */
const refused = new Set(["then", "catch", "finally", "tojson", "constructor"]);

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** Checks a definition and composes its chain, once. */
export function newHandler(
  definition: HandlerDefinition,
  around: readonly Interceptor[],
  environment: Environment,
): Handler {
  const { endpoint, interceptors = [] } = definition;
  if (!/^[^.\s]+\.[^.\s]+$/.test(endpoint)) {
    throw new TypeError(
      `endpoint ${JSON.stringify(endpoint)} must be Type.Method with exactly one dot`,
    );
  }
  const method = endpoint.slice(endpoint.indexOf(".") + 1);
  if (refused.has(method.toLowerCase())) {
    throw new TypeError(
      `endpoint ${endpoint}: "${method}" cannot be a handler's name; choose another with \`name\``,
    );
  }
  const input = resolveSchema(definition.input);
  const output = resolveSchema(definition.output);
  const layers = [...around, ...interceptors];
  const call = compose(layers, invoke(definition, input, output), environment);
  const bare = layers.length === 0 && !input.validate && !output.validate;
  const handle = definition.handle as (request: unknown, context: Context) => unknown;
  return { ...definition, call, ...(bare && { bare: handle }) };
}

function invoke(
  definition: HandlerDefinition,
  input: ResolvedSchema,
  output: ResolvedSchema,
): CallHandler {
  const handle = definition.handle as (request: unknown, context: Context) => unknown;
  const { endpoint } = definition;
  const plain = !input.validate && !output.validate;
  const answer = async (call: Call): Promise<unknown> => {
    const streamed = call.shape === "client-stream" || call.shape === "bidi-stream";
    const request = streamed
      ? input.validate
        ? validated(call.request as AsyncIterable<unknown>, input.validate, "request")
        : call.request
      : input.validate
        ? await input.validate(call.request, "request")
        : call.request;
    const reply = handle(request, call.context);
    if (call.shape === "server-stream" || call.shape === "bidi-stream") {
      if (!isAsyncIterable(reply)) {
        throw new InternalServerError(
          `${endpoint} is declared a stream and gave no AsyncIterable`,
          {
            reason: "handler.no-stream",
          },
        );
      }
      return output.validate ? validated(reply, output.validate, "reply") : reply;
    }
    const value = await reply;
    if (isAsyncIterable(value)) {
      throw unexpectedStream(endpoint);
    }
    return output.validate ? await output.validate(value, "reply") : value;
  };
  if (!plain) return answer;
  return (call) => {
    if (call.shape !== "unary") return answer(call);
    try {
      const reply = handle(call.request, call.context);
      return reply instanceof Promise ? reply : Promise.resolve(reply);
    } catch (error) {
      return rejected(error);
    }
  };
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

/** Says that a handler answered with a stream where one reply was asked for. */
export const unexpectedStream = (endpoint: string): InternalServerError =>
  new InternalServerError(
    `${endpoint} gave an AsyncIterable and was called for one reply; write it as \`async *\`, or declare \`replyStream: true\``,
    { reason: "handler.stream" },
  );

async function* validated(
  items: AsyncIterable<unknown>,
  validate: (value: unknown, what: string) => unknown,
  what: string,
): AsyncGenerator<unknown> {
  for await (const item of items) yield await validate(item, what);
}
