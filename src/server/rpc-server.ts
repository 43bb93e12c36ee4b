import { Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import { requirePositive, requireWhole } from "../base/options.js";
import { Broker, type Subscription } from "../broker/broker.js";
import { Ambient } from "../call/ambient.js";
import { AppOptions } from "../call/app-options.js";
import { compose, type Interceptor } from "../call/call.js";
import type { Event } from "../call/topic.js";
import { Codecs } from "../codec/codecs.js";
import { definePlugin, type Plugin } from "../plugin/plugin.js";
import { Registry } from "../registry/registry.js";
import { Transport, type Listener, type Message } from "../transport/transport.js";
import { Admission } from "./admission.js";
import { advertisedAddress } from "./advertise.js";
import { readPairs } from "./read-pairs.js";
import { laneHandler } from "./lane-calls.js";
import { laneStreamHandler } from "./lane-streams.js";
import { LiveCalls } from "./live-calls.js";
import { debugHandlers } from "./debug-handlers.js";
import { newHandler } from "./new-handler.js";
import { pushEvent } from "./push-event.js";
import { Registration } from "./registration.js";
import { Router } from "./router.js";
import { serve } from "./serve.js";
import { UnaryExchanges } from "./unary-exchange.js";
import { Server } from "./server.js";
import type {
  Handler,
  HandlerDefinition,
  StopReport,
  Subscriber,
  SubscriberDefinition,
} from "./server.js";
import { serviceRecords } from "./service-records.js";
import { subscribe, type SubscriptionParts } from "./subscriptions.js";

/** Options of {@link rpcServer}. */
export interface RpcServerOptions {
  /** `host:port` to listen on. Default `:0`: every interface, any free port, as in go-micro. */
  readonly address?: string;
  /** `host:port` to tell others, when it differs from the bound one. */
  readonly advertise?: string;
  /** Bytes of one request. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Bytes of a request's headers. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Calls served at once; more are refused as safe to retry. Default 1,000. */
  readonly maxConcurrentCalls?: number;
  /** Milliseconds a registration lives unless renewed. Default 90,000. */
  readonly registerTtlMs?: number;
  /** Milliseconds between renewals. Default 30,000. */
  readonly registerIntervalMs?: number;
  /** Asked before each registration; while it throws, the nodes stay out of the registry. */
  readonly registerCheck?: () => unknown;
  /** Milliseconds that work in hand gets at a stop. Default 10,000. */
  readonly drainTimeoutMs?: number;
  /** Layers around all handlers and subscribers, inside the app's own. */
  readonly interceptors?: readonly Interceptor[];
}

type Chosen = Required<Omit<RpcServerOptions, "registerCheck" | "advertise">> &
  Pick<RpcServerOptions, "registerCheck" | "advertise">;

/** The default server: mucp over the app's transport. */
class RpcServer implements Server {
  readonly name = "mucp";
  readonly protocol = "mucp";
  readonly #router = new Router();
  readonly #handlers: Handler[] = [];
  readonly #subscribers: Subscriber[] = [];
  readonly #interceptors: Interceptor[] = [];
  readonly #live = new LiveCalls();
  readonly #deadlines: Deadlines;
  readonly #admission: Admission;
  readonly #id: string;
  #subscriptions: Subscription[] = [];
  #listener: Listener | undefined;
  #registration: Registration | undefined;
  #address = "";
  #stopping: Promise<StopReport> | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly transport: Transport,
    private readonly codecs: Codecs,
    private readonly registry: Registry,
    private readonly broker: Broker,
    private readonly ambient: Ambient,
    private readonly app: AppOptions,
    private readonly options: Chosen,
  ) {
    this.#deadlines = new Deadlines(environment);
    this.#admission = new Admission(options.maxConcurrentCalls);
    this.#id = app.settings.text("SERVER_ID") ?? environment.random.uuid();
  }

  get address(): string {
    return this.#address;
  }

  use(interceptor: Interceptor): void {
    this.#interceptors.push(interceptor);
  }

  newHandler(definition: HandlerDefinition): Handler {
    return newHandler(definition, [
      ...this.app.serverInterceptors,
      ...this.options.interceptors,
      ...this.#interceptors,
    ]);
  }

  handle(handler: Handler): void {
    this.#mustBeNew(handler.endpoint);
    this.#router.add(handler);
    this.#handlers.push(handler);
  }

  newSubscriber(definition: SubscriberDefinition): Subscriber {
    const method = definition.handle as (event: Event<unknown>) => unknown;
    const call = compose(
      [
        ...this.app.subscriberInterceptors,
        ...this.options.interceptors,
        ...this.#interceptors,
        ...(definition.interceptors ?? []),
      ],
      async (made) => method(made.request as Event<unknown>),
    );
    return { ...definition, call };
  }

  subscribe(subscriber: Subscriber): void {
    this.#mustBeNew(subscriber.name);
    this.#subscribers.push(subscriber);
  }

  #mustBeNew(name: string): void {
    if (this.#listener || this.#stopping)
      throw new TypeError(`${name} came after the server had started; add it before`);
  }

  async start(): Promise<void> {
    const { maxMessageBytes, maxHeaderBytes } = this.options;
    const services = new Map(
      [...this.#handlers, ...this.#subscribers].map(({ service }) => [service.name, service]),
    );
    const first = services.values().next().value;
    const id = first?.name ?? this.app.name;
    for (const definition of debugHandlers(first ?? { name: id }, this.#router, this.environment)) {
      this.#router.add(newHandler(definition, []));
    }
    const listener = await this.transport.listen(this.options.address, {
      maxMessageBytes,
      maxHeaderBytes,
    });
    await this.#unlessStopped(() => listener.close());
    this.#listener = listener;
    this.#address =
      this.options.advertise ?? advertisedAddress(listener.address, this.environment.network);
    const parts = this.#parts();
    const serving = {
      ...parts,
      router: this.#router,
      admission: this.#admission,
      deadlines: this.#deadlines,
      id,
      event: (topic: string, message: Message): Promise<void> =>
        pushEvent(topic, message, this.#subscribers, parts),
    };
    const channels = { ...serving, exchanges: new UnaryExchanges(serving) };
    listener.accept(
      (socket) => serve(socket, channels),
      laneHandler(serving),
      laneStreamHandler(serving),
    );
    for (const subscriber of this.#subscribers) {
      const subscription = await subscribe(subscriber, parts);
      this.#subscriptions.push(subscription);
      await this.#unlessStopped(() => subscription.close());
    }
  }

  /** Between the steps of a start: undoes the last one when `stop` was called meanwhile, and ends there. */
  async #unlessStopped(undo: () => Promise<void> | undefined): Promise<void> {
    if (!this.#stopping) return;
    await undo();
    throw new Unavailable("the server was stopped while it started", { reason: "server.stopped" });
  }

  #parts(): SubscriptionParts {
    return {
      environment: this.environment,
      ambient: this.ambient,
      broker: this.broker,
      codecs: this.codecs,
      live: this.#live,
    };
  }

  async register(): Promise<void> {
    if (!this.#listener || this.#stopping)
      throw new Unavailable("the server is not running", { reason: "server.not-running" });
    const records = serviceRecords(this.#handlers, this.#subscribers, {
      id: this.#id,
      address: this.#address,
      version: this.app.settings.text("SERVER_VERSION"),
      metadata: {
        ...readPairs(this.app.settings.text("SERVER_METADATA")),
        broker: this.broker.name,
        protocol: this.protocol,
        registry: this.registry.name,
        server: this.name,
        transport: this.transport.name,
        plugboard: "1",
        ...this.#listener.announces,
      },
    });
    const { registerTtlMs, registerIntervalMs, registerCheck } = this.options;
    this.#registration ??= new Registration(this.environment, this.registry, records, {
      ttlMs: registerTtlMs,
      intervalMs: registerIntervalMs,
      check: registerCheck,
    });
    await this.#registration.start();
  }

  async deregister(): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    await registration?.stop();
  }

  stop(options: { readonly timeoutMs?: number } = {}): Promise<StopReport> {
    return (this.#stopping ??= this.#stop(options.timeoutMs ?? this.options.drainTimeoutMs));
  }

  async #stop(timeoutMs: number): Promise<StopReport> {
    const failures: unknown[] = [];
    const attempt = async (step: () => Promise<unknown> | undefined): Promise<void> => {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    };
    await attempt(() => this.deregister());
    this.#admission.drain();
    const draining = this.#listener?.drain().catch((error: unknown) => failures.push(error));
    const subscriptions = this.#subscriptions.splice(0);
    const settled = Promise.all(
      subscriptions.map((subscription) => attempt(() => subscription.close({ timeoutMs }))),
    );
    await this.#within(timeoutMs, Promise.all([this.#admission.idle(), settled]));
    const cut = this.#live.size;
    for (const context of [...this.#live]) {
      context.scope.cancel(
        new Unavailable("the service was stopped before the call ended", {
          reason: "server.stopped",
        }),
      );
    }
    // One turn, so that those who were cut off are still told.
    if (cut > 0) await this.#within(100, this.#admission.idle());
    await draining;
    await attempt(() => this.#listener?.close());
    this.#deadlines.close();
    if (failures.length > 0) throw new AggregateError(failures, "the server did not stop cleanly");
    return { cut };
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.environment.timers.after(ms, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}

/** The default server as a plugin. */
export function rpcServer({
  address = ":0",
  advertise,
  maxMessageBytes = 4_194_304,
  maxHeaderBytes = 16_384,
  maxConcurrentCalls = 1_000,
  registerTtlMs = 90_000,
  registerIntervalMs = 30_000,
  registerCheck,
  drainTimeoutMs = 10_000,
  interceptors = [],
}: RpcServerOptions = {}): Plugin<Server> {
  requireWhole("rpcServer.maxMessageBytes", maxMessageBytes, 1);
  requireWhole("rpcServer.maxHeaderBytes", maxHeaderBytes, 256);
  requireWhole("rpcServer.maxConcurrentCalls", maxConcurrentCalls, 1);
  requirePositive("rpcServer.registerTtlMs", registerTtlMs);
  requirePositive("rpcServer.registerIntervalMs", registerIntervalMs);
  requireWhole("rpcServer.drainTimeoutMs", drainTimeoutMs);
  return definePlugin(
    Server,
    "mucp",
    (environment, transport, codecs, registry, broker, ambient, app) => {
      const { settings } = app;
      const told = settings.text("SERVER_ADVERTISE") ?? advertise;
      return new RpcServer(environment, transport, codecs, registry, broker, ambient, app, {
        address: settings.text("SERVER_ADDRESS") ?? address,
        ...(told === undefined ? {} : { advertise: told }),
        maxMessageBytes,
        maxHeaderBytes,
        maxConcurrentCalls,
        registerTtlMs: requirePositive(
          "REGISTER_TTL",
          settings.duration("REGISTER_TTL", registerTtlMs),
        ),
        registerIntervalMs: requirePositive(
          "REGISTER_INTERVAL",
          settings.duration("REGISTER_INTERVAL", registerIntervalMs),
        ),
        ...(registerCheck ? { registerCheck } : {}),
        drainTimeoutMs,
        interceptors,
      });
    },
    [Transport, Codecs, Registry, Broker, Ambient, AppOptions] as const,
  );
}
