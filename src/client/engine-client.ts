import type { Environment } from "../base/environment.js";
import type { Broker } from "../broker/broker.js";
import type { Ambient } from "../call/ambient.js";
import type { AppOptions } from "../call/app-options.js";
import type { CallShape } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import type { EndpointShape } from "../call/contract.js";
import type { PublishEventOptions, Topic } from "../call/topic.js";
import type { Codecs } from "../codec/codecs.js";
import type { RegistryCache } from "../registry/registry-cache.js";
import type { Selector } from "../selector/selector.js";
import type { Carrier } from "./carrier.js";
import type { Client, EventMessage, Request } from "./client.js";
import { EndpointDirectory } from "./endpoint-directory.js";
import type { EngineClientOptions } from "./engine-client-options.js";
import { Invoker } from "./invoker.js";
import { publishEvent } from "./publish-event.js";

/** What an {@link EngineClient} stands on. */
export interface EngineClientParts {
  readonly environment: Environment;
  readonly codecs: Codecs;
  readonly selector: Selector;
  readonly cache: RegistryCache;
  readonly broker: Broker;
  readonly ambient: Ambient;
  readonly app: AppOptions;
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** Names of endpoints remembered. */
const mostShapes = 1_000;

/** The client behind every protocol: requests, calls, events, and what the registry says. */
export class EngineClient implements Client {
  readonly #shapes = new Map<string, EndpointShape>();
  readonly #invoker: Invoker;
  readonly #endpoints: EndpointDirectory;

  constructor(
    /** Its name, and node metadata `protocol` of those it can call. */
    readonly protocol: string,
    carrier: Carrier,
    private readonly parts: EngineClientParts,
    private readonly options: EngineClientOptions,
  ) {
    const { environment, ambient, selector, cache, app } = parts;
    const { timeoutMs, retries, propagation, interceptors, attemptInterceptors } = options;
    this.#endpoints = new EndpointDirectory(cache);
    this.#invoker = new Invoker(
      environment,
      ambient,
      selector,
      carrier,
      { timeoutMs, retries, propagation, from: app.name, protocol },
      { around: [...app.clientInterceptors, ...interceptors], perAttempt: attemptInterceptors },
    );
  }

  get name(): string {
    return this.protocol;
  }

  newRequest(service: string, endpoint: string | EndpointShape, body: unknown): Request {
    return {
      service,
      shape: typeof endpoint === "string" ? this.#shape(endpoint) : endpoint,
      body,
    };
  }

  /** The same object for the same name, since much is remembered by it. */
  #shape(endpoint: string): EndpointShape {
    let shape = this.#shapes.get(endpoint);
    if (!shape) {
      if (this.#shapes.size >= mostShapes) this.#shapes.clear();
      this.#shapes.set(endpoint, (shape = { endpoint }));
    }
    return shape;
  }

  newMessage(topic: Topic<unknown> | string, data: unknown): EventMessage {
    return { topic: typeof topic === "string" ? { name: topic } : topic, data };
  }

  call(request: Request, options?: CallOptions): Promise<unknown> {
    const kind: CallShape = isStream(request.body) ? "client-stream" : "unary";
    return this.#invoker.unary(request, kind, options);
  }

  stream(request: Request, options?: CallOptions): ClientStream<unknown> {
    const kind: CallShape = isStream(request.body) ? "bidi-stream" : "server-stream";
    return this.#invoker.stream(request, kind, options);
  }

  publish(message: EventMessage, options: PublishEventOptions = {}): Promise<void> {
    const { environment, broker, codecs, ambient, app } = this.parts;
    return publishEvent(message, options, {
      environment,
      broker,
      codecs,
      parent: ambient.callContext,
      from: app.name,
      propagation: this.options.propagation,
    });
  }

  describe(
    service: string,
    method: string,
    options?: CallOptions,
  ): EndpointShape | undefined | Promise<EndpointShape | undefined> {
    const found = this.#endpoints.find(service, method);
    if (!options || !(found instanceof Promise)) return found;
    return this.#invoker.before(found, `${service} ${method}`, options);
  }

  close(): Promise<void> {
    return this.#invoker.close();
  }
}
