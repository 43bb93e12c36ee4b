import type { Environment, Plugin, Service } from "../../../src/spi.js";
import type { PairHarness, PairNode } from "../pair/harness.js";

/** A process that a service under test runs. Nothing has been started. */
export interface ServiceProcess extends PairNode {
  readonly service: Service;
  /** Sends the process a signal. False when nobody listens for it. */
  raise(signal: string): boolean;
  /** What the process was ended with; undefined while it runs. */
  exitCode(): number | undefined;
}

/** What the clauses about services work on; the harness itself is a process beside it, to call from. */
export interface ServiceHarness extends PairHarness {
  readonly process: ServiceProcess;
}

/** Breaks the service under test. */
export interface ServiceBreak {
  readonly service?: (plugin: Plugin<Service>) => Plugin<Service>;
}

/** A service with one promise broken, and the clause that must notice. */
export interface ServiceMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  readonly broken: ServiceBreak;
}

/** The service with some of its members replaced. */
export const withService = (service: Service, parts: Partial<Service>): Service => ({
  name: service.name,
  client: service.client,
  server: service.server,
  init: (hooks) => service.init(hooks),
  start: () => service.start(),
  stop: () => service.stop(),
  run: (options) => service.run(options),
  ...parts,
});

/** Breaks a service; `environment` is the one it was given. */
export const brokenService = (
  change: (service: Service, environment: Environment) => Partial<Service>,
): ServiceBreak => ({
  service: (plugin) => ({
    ...plugin,
    create: async (environment, ...needs) => {
      const service = await plugin.create(environment, ...needs);
      return withService(service, change(service, environment));
    },
  }),
});
