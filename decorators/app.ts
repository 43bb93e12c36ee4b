import type { Environment, Plugins, RunOptions, Standard, StopReport } from "../src/index.js";
import { Unavailable, type Class, type Service, type Token } from "../src/spi.js";
import { buildApp, type BuiltApp } from "./build-app.js";
import { ownerOf } from "./module-graph.js";

/** What `createApp` and `run` take beside the module. */
export interface AppSettings {
  /** The world to run in; the real one when left out. */
  readonly environment?: Environment;
  /** Plugins that win over every module's: for tests, and for scripts that run an app elsewhere. */
  readonly plugins?: Plugins;
}

/** An app made from a module. */
export interface App extends AsyncDisposable {
  /** Builds and starts everything. @throws the first failure; nothing is left running. */
  start(): Promise<this>;
  /** Drains and stops, in reverse order. Idempotent. @throws AggregateError of all failures. */
  stop(): Promise<StopReport>;
  /** Resolves when the app has stopped, by a signal or by `stop`. Rejects when it failed to start. */
  readonly stopped: Promise<StopReport>;
  /** `host:port` that others are told. Ready once started. */
  readonly address: string;
  /** Names of the services that it serves. Ready once started. */
  readonly services: readonly string[];
  /** An instance from the root module's view: a provider, a service, a client, a contract. Ready once started. */
  get<T>(token: Token<T>): T;
}

/** The life of an app: built, started, stopped. */
export class ModuleApp implements App {
  readonly stopped: Promise<StopReport>;
  /** The first call settles `stopped`. */
  readonly #endWith: (report: Promise<StopReport>) => void;
  #built: BuiltApp | undefined;
  #building: Promise<Service> | undefined;
  #starting: Promise<this> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(
    private readonly Module: Class,
    private readonly standard: Standard,
    private readonly settings: AppSettings,
    private readonly runOptions: RunOptions,
  ) {
    const { promise, end } = ending();
    this.stopped = promise;
    this.#endWith = end;
  }

  get #ready(): BuiltApp {
    if (this.#built) return this.#built;
    throw new Unavailable(
      `${this.Module.name} has not been started: await app.start() before you ask it`,
      { reason: "service.not-started" },
    );
  }

  get address(): string {
    return this.#ready.service.server.address;
  }

  get services(): readonly string[] {
    return this.#ready.names;
  }

  get<T>(token: Token<T>): T {
    const { root } = this.#ready.graph;
    return (ownerOf(root, token) ?? root).container.resolve(token);
  }

  start(): Promise<this> {
    if (!this.#starting) {
      this.#starting = this.#start();
      this.#starting.catch((error: unknown) => this.#endWith(Promise.reject(error as Error)));
    }
    return this.#starting;
  }

  async #start(): Promise<this> {
    this.#building = this.#build();
    const service = await this.#building;
    if (this.#stopping)
      throw new Unavailable(`${this.Module.name} was stopped before it had started`, {
        reason: "service.stopped",
      });
    if (this.runOptions.signals) {
      this.#endWith(service.run());
    }
    await service.start();
    return this;
  }

  async #build(): Promise<Service> {
    const { environment = this.standard.environment(), plugins = {} } = this.settings;
    this.#built = await buildApp(this.Module, plugins, this.standard, environment);
    return this.#built.service;
  }

  stop(): Promise<StopReport> {
    if (!this.#stopping) {
      this.#stopping = this.#stop();
      this.#endWith(this.#stopping);
    }
    return this.#stopping;
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

/** A promise that follows the first it is given. Nobody has to listen to any of them. */
function ending(): {
  readonly promise: Promise<StopReport>;
  readonly end: (report: Promise<StopReport>) => void;
} {
  let resolve: (report: Promise<StopReport>) => void = () => {};
  const promise = new Promise<StopReport>((settle) => {
    resolve = settle;
  });
  promise.catch(() => {});
  const end = (report: Promise<StopReport>): void => {
    report.catch(() => {});
    resolve(report);
  };
  return { promise, end };
}
