import type { CallHandler, Interceptor } from "../call/call.js";
import type { Context } from "../call/context.js";
import type { Schema } from "../call/schema.js";
import type { Event, TopicOptions } from "../call/topic.js";
import type { HandlerLoad } from "./handler-load.js";

/** The service that handlers belong to; one process may serve several. */
export interface ServiceInfo {
  readonly name: string;
  /** Default `latest`, as in go-micro. */
  readonly version?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What can be said about a handler. */
export interface HandlerSettings {
  readonly input?: Schema<unknown>;
  readonly output?: Schema<unknown>;
  /** The handler takes an AsyncIterable. Left out: the caller's word is taken for it. */
  readonly requestStream?: boolean;
  /** The handler gives an AsyncIterable. */
  readonly replyStream?: boolean;
  /** A second execution does no harm, so callers may retry. Default false. */
  readonly idempotent?: boolean;
  /** Milliseconds the handler may take, if the caller allows that long. */
  readonly timeoutMs?: number;
  /**
   * Where its `.proto` has it, `/greeter.v1.Greeter/Hello`, for gRPC's reflection and health. Default: the
   * endpoint in the package that most types of its class are of.
   */
  readonly path?: string;
  /** Served, but not advertised in the registry. */
  readonly internal?: boolean;
  /** Calls of this endpoint at once; more are answered TooManyRequests. */
  readonly concurrency?: number;
  /** Layers around this handler, inside those of the server. */
  readonly interceptors?: readonly Interceptor[];
  /** One sentence for people; advertised as `description`. */
  readonly doc?: string;
}

/** A handler before the server has looked at it. */
export interface HandlerDefinition extends HandlerSettings {
  readonly service: ServiceInfo;
  /** `Type.Method`, exactly one dot. */
  readonly endpoint: string;
  /** What typed clients call it, where the endpoint has another name. */
  readonly method?: string;
  readonly handle: (request: never, context: Context) => unknown;
  /** Counts its calls, where several servers serve it together. Default: a count of its own. */
  readonly load?: HandlerLoad;
}

/** A handler, checked and ready. */
export interface Handler extends HandlerDefinition {
  readonly call: CallHandler;
  /** The method itself, where nothing stands around it: no interceptor, no validation. */
  readonly bare?: (request: unknown, context: Context) => unknown;
}

/** A subscriber before the server has looked at it. */
export interface SubscriberDefinition extends TopicOptions<never> {
  readonly service: ServiceInfo;
  readonly topic: string;
  /** Name for logs and the registry, such as `Mailer.welcome`. */
  readonly name: string;
  readonly schema?: Schema<unknown>;
  readonly interceptors?: readonly Interceptor[];
  readonly handle: (event: Event<never>) => unknown;
}

/** A subscriber, checked and ready. */
export interface Subscriber extends SubscriberDefinition {
  readonly call: CallHandler;
}

/** How a stop went. */
export interface StopReport {
  /** Calls and events that were cut off because the time to drain was over. */
  readonly cut: number;
}

/**
 * Serves handlers and subscribers. Order of a life: `handle` and `subscribe`, `start`, `register`,
 * `deregister`, `stop`. All handlers are known before `start`.
 */
export abstract class Server {
  /** Short name, such as `mucp`. */
  abstract readonly name: string;
  /** What clients must speak: node metadata `protocol`. */
  abstract readonly protocol: string;
  /** `host:port` that is advertised; empty before `start`. */
  abstract readonly address: string;
  /**
   * Checks a definition.
   * @throws TypeError that names the endpoint for a name that is not `Type.Method`, a reserved
   *   method name or a schema that is none.
   */
  abstract newHandler(definition: HandlerDefinition): Handler;
  /** Adds a handler. @throws TypeError when its endpoint is taken, or after `start`. */
  abstract handle(handler: Handler): void;
  abstract newSubscriber(definition: SubscriberDefinition): Subscriber;
  abstract subscribe(subscriber: Subscriber): void;
  /** Adds a layer around all handlers (or subscribers) added later; first added is outermost. */
  abstract use(interceptor: Interceptor): void;
  /** Listens and starts the subscriptions. @throws what transport and broker throw. */
  abstract start(): Promise<void>;
  /**
   * Puts the nodes into the registry and keeps them there. A registry that is away is not fatal:
   * it is tried again in the background.
   */
  abstract register(): Promise<void>;
  /** Takes the nodes out of the registry. */
  abstract deregister(): Promise<void>;
  /**
   * Refuses new work as safe to retry, settles events, finishes what runs for `timeoutMs`
   * (default 10,000), then cuts off and closes. Idempotent.
   */
  abstract stop(options?: { readonly timeoutMs?: number }): Promise<StopReport>;
}
