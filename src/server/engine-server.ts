import { Deadlines } from "../base/deadlines.js";
import type { Environment } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import { OptionError } from "../base/options.js";
import type { Broker, Subscription } from "../broker/broker.js";
import type { Ambient } from "../call/ambient.js";
import type { AppOptions } from "../call/app-options.js";
import { compose, type Interceptor } from "../call/call.js";
import type { Event } from "../call/topic.js";
import type { Codecs } from "../codec/codecs.js";
import type { Registry } from "../registry/registry.js";
import { Admission } from "./admission.js";
import { advertisedAddress } from "./advertise.js";
import { debugHandlers } from "./debug-handlers.js";
import type { EngineServerOptions } from "./engine-server-options.js";
import type { Entrance, OpenEntrance } from "./entrance.js";
import { LiveCalls } from "./live-calls.js";
import { LoopDelay } from "./loop-delay.js";
import { newHandler } from "./new-handler.js";
import { pushEvent } from "./push-event.js";
import { readPairs } from "./read-pairs.js";
import { Readiness } from "./readiness.js";
import { Registration } from "./registration.js";
import { Router } from "./router.js";
import type {
  Handler,
  HandlerDefinition,
  Server,
  StopReport,
  Subscriber,
  SubscriberDefinition,
} from "./server.js";
import { serviceRecords } from "./service-records.js";
import { subscribe, type SubscriptionParts } from "./subscriptions.js";

/** What an {@link EngineServer} stands on. */
export interface EngineServerParts {
  readonly environment: Environment;
  readonly codecs: Codecs;
  readonly registry: Registry;
  readonly broker: Broker;
  readonly ambient: Ambient;
  readonly app: AppOptions;
}

/** The server behind every protocol: handlers, subscribers, registration, start and stop. */
export class EngineServer implements Server {
  readonly #router = new Router();
  readonly #handlers: Handler[] = [];
  readonly #subscribers: Subscriber[] = [];
  readonly #interceptors: Interceptor[] = [];
  readonly #live = new LiveCalls();
  readonly #readiness = new Readiness();
  readonly #deadlines: Deadlines;
  readonly #admission: Admission;
  readonly #id: string;
  #subscriptions: Subscription[] = [];
  #open: OpenEntrance | undefined;
  #registration: Registration | undefined;
  #address = "";
  #stopping: Promise<StopReport> | undefined;

  constructor(
    private readonly entrance: Entrance,
    private readonly parts: EngineServerParts,
    private readonly options: EngineServerOptions,
  ) {
    const { environment, app } = parts;
    this.#deadlines = new Deadlines(environment);
    this.#admission = new Admission(options, new LoopDelay(environment));
    this.#id = app.settings.text("SERVER_ID") ?? environment.random.uuid();
  }

  get name(): string {
    return this.entrance.protocol;
  }

  get protocol(): string {
    return this.entrance.protocol;
  }

  get address(): string {
    return this.#address;
  }

  use(interceptor: Interceptor): void {
    this.#interceptors.push(interceptor);
  }

  newHandler(definition: HandlerDefinition): Handler {
    return newHandler(definition, this.#around(), this.parts.environment);
  }

  #around(): readonly Interceptor[] {
    return [
      ...this.parts.app.serverInterceptors,
      ...this.options.interceptors,
      ...this.#interceptors,
    ];
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
        ...this.parts.app.subscriberInterceptors,
        ...this.options.interceptors,
        ...this.#interceptors,
        ...(definition.interceptors ?? []),
      ],
      async (made) => method(made.request as Event<unknown>),
      this.parts.environment,
    );
    return { ...definition, call };
  }

  subscribe(subscriber: Subscriber): void {
    this.#mustBeNew(subscriber.name);
    this.#subscribers.push(subscriber);
  }

  #mustBeNew(name: string): void {
    if (this.#open || this.#stopping)
      throw new TypeError(`${name} came after the server had started; add it before`);
  }

  async start(): Promise<void> {
    const { environment, app } = this.parts;
    const services = new Map(
      [...this.#handlers, ...this.#subscribers].map(({ service }) => [service.name, service]),
    );
    const first = services.values().next().value;
    const id = first?.name ?? app.name;
    const { debug } = this.options;
    const debugs =
      debug === "off" ? [] : debugHandlers(first ?? { name: id }, this.#router, environment);
    for (const definition of debugs)
      this.#router.add(newHandler(definition, debug === "open" ? [] : this.#around(), environment));
    const open = await this.entrance.open(this.options.address);
    await this.#unlessStopped(() => open.close());
    if (open.unreachable !== undefined && this.#handlers.length > 0) {
      await open.close();
      throw new OptionError(open.unreachable);
    }
    this.#open = open;
    this.#address = this.options.advertise ?? advertisedAddress(open.address, environment.network);
    const parts = this.#subscriptionParts();
    open.accept({
      ...parts,
      router: this.#router,
      admission: this.#admission,
      deadlines: this.#deadlines,
      id,
      readiness: this.#readiness,
      event: (topic, message, peer) => pushEvent(topic, message, peer, this.#subscribers, parts),
    });
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

  #subscriptionParts(): SubscriptionParts {
    const { environment, ambient, broker, codecs } = this.parts;
    return { environment, ambient, broker, codecs, live: this.#live };
  }

  async register(): Promise<void> {
    if (!this.#open || this.#stopping)
      throw new Unavailable("the server is not running", { reason: "server.not-running" });
    const { environment, app, broker, registry } = this.parts;
    const records = serviceRecords(this.#handlers, this.#subscribers, {
      id: this.#id,
      address: this.#address,
      version: app.settings.text("SERVER_VERSION"),
      metadata: {
        ...readPairs(app.settings.text("SERVER_METADATA")),
        broker: broker.name,
        protocol: this.protocol,
        registry: registry.name,
        server: this.name,
        transport: this.entrance.transport,
        plugboard: "1",
        ...this.#open.announces,
      },
    });
    const { registerTtlMs, registerIntervalMs, registerCheck } = this.options;
    this.#registration ??= new Registration(environment, registry, records, {
      ttlMs: registerTtlMs,
      intervalMs: registerIntervalMs,
      check: registerCheck,
      onCheck: (passed) => (this.#readiness.ready = passed),
    });
    await this.#registration.start();
  }

  async deregister(): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    this.#readiness.ready = false;
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
    const draining = this.#open?.drain().catch((error: unknown) => failures.push(error));
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
    await attempt(() => this.#open?.close());
    this.#deadlines.close();
    this.#admission.close();
    if (failures.length > 0) throw new AggregateError(failures, "the server did not stop cleanly");
    return { cut };
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.parts.environment.timers.after(ms, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}
