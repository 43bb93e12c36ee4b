import type { CallContext } from "../call/context.js";
import type { RpcErrorOptions } from "../base/error.js";
import { NotFound } from "../base/errors.js";
import { resolveSchema } from "../call/schema.js";
import type { MessageType } from "../codec/message-type.js";
import { newHandlerLoad, type HandlerLoad } from "./handler-load.js";
import type { Handler } from "./server.js";

/** A handler with what serving it needs at hand. */
export interface Route {
  readonly handler: Handler;
  readonly input: MessageType | undefined;
  readonly output: MessageType | undefined;
  /** Answers a unary call. */
  readonly unary: (request: unknown, context: CallContext) => unknown;
  readonly load: HandlerLoad;
}

/** Finds the route of a call. Endpoint names usually do; the service's name decides between equal ones. */
export class Router {
  readonly #byEndpoint = new Map<string, Route[]>();

  /** @throws TypeError when the service has the endpoint already. */
  add(handler: Handler): Route {
    const routes = this.#byEndpoint.get(handler.endpoint) ?? [];
    const service = handler.service.name;
    if (routes.some((route) => route.handler.service.name === service)) {
      throw new TypeError(
        `endpoint ${handler.endpoint} of service ${service} is defined twice; give one another \`name\``,
      );
    }
    const route: Route = {
      handler,
      input: resolveSchema(handler.input).type,
      output: resolveSchema(handler.output).type,
      unary: handler.bare ?? throughLayers(handler),
      load: handler.load ?? newHandlerLoad(),
    };
    routes.push(route);
    this.#byEndpoint.set(handler.endpoint, routes);
    return route;
  }

  /** @throws NotFound with go-micro's words for what is missing (wire.md 2.5). */
  find(service: string | undefined, endpoint: string): Route {
    const routes = this.#byEndpoint.get(endpoint) ?? this.#byEndpoint.get(upperMethod(endpoint));
    if (routes) {
      return routes.find((route) => route.handler.service.name === service) ?? routes[0]!;
    }
    throw this.#missing(endpoint);
  }

  #missing(endpoint: string): NotFound {
    const parts = endpoint.split(".");
    const [type, method] = parts;
    const options = (reason: string): RpcErrorOptions => ({ reason, retry: "never" });
    if (parts.length !== 2 || !type || !method) {
      const shown = endpoint.slice(0, 200);
      return new NotFound(
        `rpc: service/endpoint request ill-formed: ${shown}`,
        options("router.ill-formed"),
      );
    }
    const known = [...this.#byEndpoint.keys()].some((name) => name.startsWith(`${type}.`));
    return known
      ? new NotFound(
          `rpc: can't find method ${method.slice(0, 200)}`,
          options("router.unknown-method"),
        )
      : new NotFound(
          `rpc: can't find service ${type.slice(0, 200)}`,
          options("router.unknown-service"),
        );
  }

  /** All routes. */
  routes(): readonly Route[] {
    return [...this.#byEndpoint.values()].flat();
  }
}

/** A unary call as the handler's layers see it. */
const throughLayers =
  ({ service, endpoint, call }: Handler) =>
  (request: unknown, context: CallContext): Promise<unknown> =>
    call({
      side: "server",
      service: service.name,
      endpoint,
      shape: "unary",
      request,
      context,
      metadata: context.metadata,
      attempt: context.attempt,
    });

/** `Greeter.hello` as `Greeter.Hello`: clients generated from a `.proto` use the name as written. */
function upperMethod(endpoint: string): string {
  const start = endpoint.indexOf(".") + 1;
  const camel = endpoint
    .slice(start)
    .replace(/_([a-z0-9])/gi, (_all, letter: string) => letter.toUpperCase());
  return endpoint.slice(0, start) + camel.charAt(0).toUpperCase() + camel.slice(1);
}
