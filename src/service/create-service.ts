import type { Environment } from "../base/environment.js";
import { Unavailable } from "../base/errors.js";
import { requireText } from "../base/options.js";
import type { Interceptor } from "../call/call.js";
import type { Context } from "../call/context.js";
import { errorClasses, type ErrorClass } from "../call/error-wire.js";
import type { Topic, TopicOptions, Event } from "../call/topic.js";
import type { Client } from "../client/client.js";
import { bindPublisher } from "../client/publisher.js";
import { bindClient, describeClient } from "../client/typed-client.js";
import { Container } from "../plugin/container.js";
import type { HandlerSettings, ServiceInfo, StopReport } from "../server/server.js";
import { Assembly } from "./assembly.js";
import { chooseSlots, slotsOf } from "./choose-slots.js";
import { logBanner } from "./banner.js";
import { Service, type RunOptions, type ServiceHooks } from "./service.js";
import { readSettings } from "./settings.js";
import type { Plugins, Standard } from "./slots.js";

/** What {@link createService} takes. */
export interface CreateServiceOptions extends ServiceInfo, ServiceHooks {
  readonly plugins?: Plugins;
  /** Layers around handlers and subscribers; first listed outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Layers around the calls that this service makes. */
  readonly clientInterceptors?: readonly Interceptor[];
  /** Error classes of your own, restored when services called from here throw them. */
  readonly errors?: readonly ErrorClass[];
  /** The world to run in; the real one when left out. */
  readonly environment?: Environment;
}

type HandlerFunction = (request: never, context: Context) => unknown;

const isGenerator = (method: unknown): boolean =>
  Object.prototype.toString.call(method) === "[object AsyncGeneratorFunction]";

/** A service without decorators, go-micro's way: handlers are functions, added before it starts. */
export class PlainService implements AsyncDisposable {
  readonly #added: ((service: Service) => void)[] = [];
  readonly #errors: Map<string, ErrorClass>;
  #name: string;
  #building: Promise<Service> | undefined;
  #service: Service | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(
    private readonly options: CreateServiceOptions,
    private readonly standard: Standard,
  ) {
    this.#name = requireText("createService.name", options.name);
    this.#errors = errorClasses(options.errors ?? []);
  }

  /**
   * Adds a handler; an `async function*` answers with a stream.
   * @param endpoint `Type.Method`.
   */
  handle(endpoint: string, handle: HandlerFunction, settings: HandlerSettings = {}): this {
    return this.#add(({ server }) => {
      const replyStream = settings.replyStream ?? isGenerator(handle);
      server.handle(
        server.newHandler({ ...settings, replyStream, service: this.#info(), endpoint, handle }),
      );
    });
  }

  /** Adds a subscriber. */
  subscribe<T>(
    topic: Topic<T>,
    handle: (event: Event<T>) => unknown,
    options: TopicOptions<T> = {},
  ): this {
    return this.#add(({ server }) => {
      server.subscribe(
        server.newSubscriber({
          ...(options as TopicOptions<never>),
          service: this.#info(),
          topic: topic.name,
          name: `${this.#name}.${handle.name || "Func"}`,
          ...(topic.schema ? { schema: topic.schema } : {}),
          handle: handle,
        }),
      );
    });
  }

  #add(step: (service: Service) => void): this {
    if (this.#building)
      throw new TypeError("add handlers and subscribers before the service starts");
    this.#added.push(step);
    return this;
  }

  #info(): ServiceInfo {
    const { version, metadata } = this.options;
    return {
      name: this.#name,
      ...(version === undefined ? {} : { version }),
      ...(metadata ? { metadata } : {}),
    };
  }

  /** Calls and publishes. Ready once started. @throws Unavailable `service.not-started`. */
  get client(): Client {
    return this.#started().client;
  }

  /** `host:port` that others are told. */
  get address(): string {
    return this.#started().server.address;
  }

  /** A typed client: `service.clientOf(GreeterClient)`. */
  clientOf<T extends object>(Class: abstract new () => T): T {
    for (const [type, Restored] of errorClasses(describeClient(Class)?.errors ?? []))
      this.#errors.set(type, Restored);
    return bindClient(Class, this.client) as T;
  }

  /** A typed publisher: `service.publisherOf(UserCreatedPublisher)`. */
  publisherOf<T extends object>(Class: abstract new () => T): T {
    return bindPublisher(Class, this.client) as T;
  }

  #started(): Service {
    if (this.#service) return this.#service;
    throw new Unavailable("the service has not been started: await service.start() first", {
      reason: "service.not-started",
    });
  }

  #build(): Promise<Service> {
    return (this.#building ??= this.#make());
  }

  async #make(): Promise<Service> {
    const { options, standard } = this;
    const environment = options.environment ?? standard.environment();
    const settings = readSettings(environment.process);
    const root = Container.create();
    const slots = await chooseSlots(
      slotsOf(options.plugins ?? {}, "createService", root),
      standard,
      settings,
      root,
    );
    const interceptors = options.interceptors ?? [];
    this.#name = settings.text("SERVER_NAME") ?? options.name;
    const app = {
      name: this.#name,
      settings,
      errors: this.#errors,
      clientInterceptors: options.clientInterceptors ?? [],
      serverInterceptors: interceptors,
      subscriberInterceptors: interceptors,
    };
    const assembly = new Assembly({ environment, app, root, slots });
    // What serves may call through `client`, and does not say so beforehand.
    if (this.#added.length > 0) assembly.ambient.observe();
    try {
      const service = await assembly.get(Service);
      service.init({
        onReady: () => logBanner(environment.logger, app.name, service.server.address, assembly),
      });
      service.init(options);
      for (const step of this.#added) step(service);
      return (this.#service = service);
    } catch (error) {
      await assembly.close();
      throw error;
    }
  }

  /** Builds the plugins and starts. @throws the first failure. */
  async start(): Promise<this> {
    await (await this.#unlessStopped()).start();
    return this;
  }

  /** Starts, and resolves when stopped by a signal or `stop`. */
  async run(options?: RunOptions): Promise<StopReport> {
    const service = await this.#build();
    return this.#stopping ?? service.run(options);
  }

  async #unlessStopped(): Promise<Service> {
    const service = await this.#build();
    if (!this.#stopping) return service;
    throw new Unavailable(`${this.#name} was stopped before it had started`, {
      reason: "service.stopped",
    });
  }

  /** Drains and stops, in reverse order. Idempotent. @throws AggregateError of all failures. */
  stop(): Promise<StopReport> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<StopReport> {
    // What is being built cannot be stopped before it is there.
    const service = await this.#building?.catch(() => undefined);
    return service ? service.stop() : { cut: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Binds {@link PlainService} to defaults. */
export const serviceCreator =
  (standard: Standard) =>
  (options: CreateServiceOptions): PlainService =>
    new PlainService(options, standard);
