import type { Environment } from "../base/environment.js";
import { requirePositive, requireWhole } from "../base/options.js";
import { Ambient } from "../call/ambient.js";
import type { CallShape, Interceptor } from "../call/call.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import type { EndpointShape } from "../call/contract.js";
import type { Propagation } from "../call/headers.js";
import type { PublishEventOptions, Topic } from "../call/topic.js";
import { Broker } from "../broker/broker.js";
import { Codecs } from "../codec/codecs.js";
import { definePlugin, type Plugin } from "../plugin/plugin.js";
import { RegistryCache } from "../registry/registry-cache.js";
import { Selector } from "../selector/selector.js";
import { Transport } from "../transport/transport.js";
import { AppOptions } from "../call/app-options.js";
import { Client, type EventMessage, type Request } from "./client.js";
import { EndpointDirectory } from "./endpoint-directory.js";
import { Invoker } from "./invoker.js";
import { LaneConnections } from "./lane-connections.js";
import { MucpCarrier } from "./mucp-carrier.js";
import { Pool } from "./pool.js";
import { publishEvent } from "./publish-event.js";

/** Options of {@link rpcClient}. */
export interface RpcClientOptions {
  /** Milliseconds for a unary call, retries included. Default 5,000. */
  readonly timeoutMs?: number;
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Further attempts after the first. Default 1. */
  readonly retries?: number;
  /** Idle connections kept per node. Default 100. */
  readonly poolSize?: number;
  /** Milliseconds an idle connection is kept. Default 60,000. */
  readonly poolTtlMs?: number;
  /** Bytes of one reply. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Which metadata of a served call goes on. Default `all`, which leaves credentials out. */
  readonly propagation?: Propagation;
  /** Layers around whole calls; first listed outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Layers around each attempt. */
  readonly attemptInterceptors?: readonly Interceptor[];
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** Names of endpoints remembered. */
const mostShapes = 1_000;

/** The default client: mucp over the app's transport. */
class RpcClient implements Client {
  readonly name = "mucp";
  readonly protocol = "mucp";
  readonly #shapes = new Map<string, EndpointShape>();

  constructor(
    private readonly environment: Environment,
    private readonly invoker: Invoker,
    private readonly endpoints: EndpointDirectory,
    private readonly broker: Broker,
    private readonly codecs: Codecs,
    private readonly ambient: Ambient,
    private readonly from: string,
    private readonly propagation: Propagation,
  ) {}

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
    return this.invoker.unary(request, kind, options);
  }

  stream(request: Request, options?: CallOptions): ClientStream<unknown> {
    const kind: CallShape = isStream(request.body) ? "bidi-stream" : "server-stream";
    return this.invoker.stream(request, kind, options);
  }

  publish(message: EventMessage, options: PublishEventOptions = {}): Promise<void> {
    return publishEvent(message, options, {
      environment: this.environment,
      broker: this.broker,
      codecs: this.codecs,
      parent: this.ambient.callContext,
      from: this.from,
      propagation: this.propagation,
    });
  }

  describe(
    service: string,
    method: string,
  ): EndpointShape | undefined | Promise<EndpointShape | undefined> {
    return this.endpoints.find(service, method);
  }

  close(): Promise<void> {
    return this.invoker.close();
  }
}

/** The default client as a plugin. */
export function rpcClient({
  timeoutMs = 5_000,
  dialTimeoutMs = 5_000,
  retries = 1,
  poolSize = 100,
  poolTtlMs = 60_000,
  maxMessageBytes = 4_194_304,
  propagation = "all",
  interceptors = [],
  attemptInterceptors = [],
}: RpcClientOptions = {}): Plugin<Client> {
  requirePositive("rpcClient.timeoutMs", timeoutMs);
  requirePositive("rpcClient.dialTimeoutMs", dialTimeoutMs);
  requireWhole("rpcClient.retries", retries);
  requireWhole("rpcClient.poolSize", poolSize);
  requirePositive("rpcClient.poolTtlMs", poolTtlMs);
  requireWhole("rpcClient.maxMessageBytes", maxMessageBytes, 1);
  return definePlugin(
    Client,
    "mucp",
    (environment, transport, codecs, selector, cache, broker, ambient, app) => {
      const dial = {
        timeoutMs: app.settings.duration("CLIENT_DIAL_TIMEOUT", dialTimeoutMs),
        maxMessageBytes,
      };
      const idleMs = app.settings.duration("CLIENT_POOL_TTL", poolTtlMs);
      const pool = new Pool(
        environment,
        transport,
        dial,
        app.settings.number("CLIENT_POOL_SIZE", poolSize),
        idleMs,
      );
      const lanes = new LaneConnections(environment, transport, dial, app.name, idleMs);
      const carrier = new MucpCarrier(
        pool,
        lanes,
        codecs,
        app.errors,
        app.name,
        environment.timers,
      );
      const invoker = new Invoker(
        environment,
        ambient,
        selector,
        carrier,
        {
          timeoutMs: app.settings.duration("CLIENT_REQUEST_TIMEOUT", timeoutMs),
          retries: app.settings.number("CLIENT_RETRIES", retries),
          propagation,
          from: app.name,
          protocol: "mucp",
        },
        { around: [...app.clientInterceptors, ...interceptors], perAttempt: attemptInterceptors },
      );
      return new RpcClient(
        environment,
        invoker,
        new EndpointDirectory(cache),
        broker,
        codecs,
        ambient,
        app.name,
        propagation,
      );
    },
    [Transport, Codecs, Selector, RegistryCache, Broker, Ambient, AppOptions] as const,
  );
}
