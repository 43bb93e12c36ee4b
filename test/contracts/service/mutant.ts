import type { Environment, ProcessHost, Service, ServiceHooks } from "../../../src/spi.js";
import type { ServiceBreak } from "./harness.js";

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

/** A break with a memory, made anew for each harness. */
export const anew = (make: () => ServiceBreak): ServiceBreak => ({
  service: (plugin) => make().service?.(plugin) ?? plugin,
});

/** Breaks a service by the process that it sees. */
export const inProcess = (
  change: (process: ProcessHost) => Partial<ProcessHost>,
): ServiceBreak => ({
  service: (plugin) => ({
    ...plugin,
    create: (environment, ...needs) => {
      const { process } = environment;
      const seen: ProcessHost = {
        variables: process.variables,
        args: process.args,
        onSignal: (signals, listener) => process.onSignal(signals, listener),
        exit: (code) => process.exit(code),
        stats: () => process.stats(),
        ...change(process),
      };
      return plugin.create({ ...environment, process: seen }, ...needs);
    },
  }),
});

/** Changes the hooks of a service, all at once, before it starts. */
export const rehooked = (
  change: (hooks: readonly ServiceHooks[]) => readonly ServiceHooks[],
  more: (service: Service, hooks: readonly ServiceHooks[]) => Partial<Service> = () => ({}),
): ServiceBreak =>
  brokenService((service) => {
    const hooks: ServiceHooks[] = [];
    let given = false;
    const give = (): void => {
      if (given) return;
      given = true;
      for (const each of change(hooks)) service.init(each);
    };
    const giving: Service = withService(service, {
      start: () => {
        give();
        return service.start();
      },
      stop: () => {
        give();
        return service.stop();
      },
      run: (options) => {
        give();
        return service.run(options);
      },
    });
    return {
      init: (each) => void hooks.push(each),
      start: () => giving.start(),
      stop: () => giving.stop(),
      run: (options) => giving.run(options),
      ...more(giving, hooks),
    };
  });

/** Changes each set of hooks by itself. */
export const eachHook = (change: (hooks: ServiceHooks) => ServiceHooks): ServiceBreak =>
  rehooked((hooks) => hooks.map(change));
