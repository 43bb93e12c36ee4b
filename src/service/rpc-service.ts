import type { Environment } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import { Unavailable } from "../base/errors.js";
import { Broker } from "../broker/broker.js";
import { Ambient } from "../call/ambient.js";
import { AppOptions } from "../call/app-options.js";
import { describe } from "../call/error-wire.js";
import { Client } from "../client/client.js";
import { Codecs } from "../codec/codecs.js";
import { definePlugin, type Plugin } from "../plugin/plugin.js";
import { RegistryCache } from "../registry/registry-cache.js";
import { Registry } from "../registry/registry.js";
import { Selector } from "../selector/selector.js";
import { Server, type StopReport } from "../server/server.js";
import { Transport } from "../transport/transport.js";
import { Service, type RunOptions, type ServiceHooks } from "./service.js";

/** What a service starts and stops. */
interface Parts {
  readonly client: Client;
  readonly server: Server;
  readonly broker: Broker;
  /** Closed after the server and the client, in this order. */
  readonly closeLast: readonly (() => unknown)[];
}

const signalNumbers: Readonly<Record<string, number>> = { SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

const stopped = (name: string, cause?: unknown): Unavailable =>
  new Unavailable(`${name} has been stopped; make another one to start again`, {
    reason: "service.stopped",
    retry: "never",
    cause,
  });

/** The default service. */
class RpcService implements Service {
  readonly #hooks: ServiceHooks[] = [];
  readonly #ended: Promise<StopReport>;
  #end: (report: Promise<StopReport>) => void = () => {};
  #starting: Promise<void> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(
    readonly name: string,
    private readonly environment: Environment,
    private readonly parts: Parts,
  ) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#ended.catch(() => {});
  }

  get client(): Client {
    return this.parts.client;
  }

  get server(): Server {
    return this.parts.server;
  }

  init(hooks: ServiceHooks): void {
    this.#hooks.push(hooks);
  }

  start(): Promise<void> {
    return (this.#starting ??= this.#start());
  }

  async #start(): Promise<void> {
    try {
      await this.#rise();
    } catch (error) {
      if (this.#stopping) throw stopped(this.name, error);
      await this.stop().catch((failure: unknown) => {
        this.environment.logger.error("stopping after a failed start failed too", {
          error: describe(failure),
        });
      });
      throw error;
    }
  }

  async #rise(): Promise<void> {
    const { broker, server } = this.parts;
    this.#mustRun();
    for (const hooks of this.#hooks) {
      await hooks.onStart?.();
      this.#mustRun();
    }
    await broker.connect();
    if (this.#stopping) await broker.disconnect();
    this.#mustRun();
    await server.start();
    this.#mustRun();
    await server.register();
    for (const hooks of this.#hooks) {
      this.#mustRun();
      await hooks.onReady?.();
    }
    this.#mustRun();
  }

  /** Between the steps up: what has been stopped meanwhile goes no further. */
  #mustRun(): void {
    if (this.#stopping) throw stopped(this.name);
  }

  stop(): Promise<StopReport> {
    if (!this.#stopping) {
      this.#stopping = this.#stop();
      this.#end(this.#stopping);
    }
    return this.#stopping;
  }

  async #stop(): Promise<StopReport> {
    const { client, server, broker, closeLast } = this.parts;
    const failures: unknown[] = [];
    const attempt = async <T>(step: () => T | Promise<T>): Promise<T | undefined> => {
      try {
        return await step();
      } catch (error) {
        failures.push(error);
        return undefined;
      }
    };
    const reversed = [...this.#hooks].reverse();
    await attempt(() => server.deregister());
    for (const hooks of reversed) await attempt(() => hooks.onDrain?.());
    const report = await attempt(() => server.stop());
    await attempt(() => client.close());
    await attempt(() => broker.disconnect());
    for (const close of closeLast) await attempt(close);
    for (const hooks of reversed) await attempt(() => hooks.onStop?.());
    if (failures.length > 0)
      throw new AggregateError(
        failures,
        `${this.name} did not stop cleanly: ${failures.map(String).join("; ")}`,
      );
    return report ?? { cut: 0 };
  }

  async run({ signals = true }: RunOptions = {}): Promise<StopReport> {
    const unlisten = signals ? this.#listen() : undefined;
    try {
      await this.start().catch((error: unknown) => {
        if (!(error instanceof RpcError) || error.reason !== "service.stopped") throw error;
      });
      return await this.#ended;
    } finally {
      unlisten?.();
    }
  }

  #listen(): () => void {
    const { logger, process } = this.environment;
    let asked = false;
    return process.onSignal(Object.keys(signalNumbers), (signal) => {
      if (asked) {
        logger.warn(`${signal} again: leaving at once`);
        process.exit(128 + signalNumbers[signal]!);
        return;
      }
      asked = true;
      logger.info(`${signal}: draining; once more to leave at once`);
      void this.stop().then(
        ({ cut }) => logger.info("stopped", cut > 0 ? { callsCutOff: cut } : {}),
        (error: unknown) => logger.error("did not stop cleanly", { error: describe(error) }),
      );
    });
  }
}

/** The default service as a plugin. */
export const rpcService = (): Plugin<Service> =>
  definePlugin(
    Service,
    "service",
    (environment, client, server, broker, ...others) => {
      const [selector, cache, registry, transport, codecs, ambient, app] = others;
      const last = [selector, cache, registry, transport, codecs, ambient];
      return new RpcService(app.name, environment, {
        client,
        server,
        broker,
        closeLast: last.map((part) => () => part.close()),
      });
    },
    [
      Client,
      Server,
      Broker,
      Selector,
      RegistryCache,
      Registry,
      Transport,
      Codecs,
      Ambient,
      AppOptions,
    ] as const,
  );
