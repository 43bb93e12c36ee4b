import { createApp, type App, type Plugins } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import {
  virtualWorld,
  type VirtualEnvironment,
  type VirtualWorld,
} from "../support/virtual-environment.js";

type ModuleClass = new (...args: never[]) => object;

/** Where a test's app runs, and what its process was started with. */
export interface Place {
  readonly world?: VirtualWorld;
  readonly host?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Default: a registry and a broker in memory, whatever the module says. `{}` leaves it the choice. */
  readonly plugins?: Plugins;
}

/** An app in a virtual world, not started. */
export function virtualApp(
  Module: ModuleClass,
  {
    world = virtualWorld(),
    host = "10.0.0.1",
    variables = {},
    args = [],
    plugins = { registry: memoryRegistry(), broker: memoryBroker() },
  }: Place = {},
): { readonly app: App; readonly world: VirtualWorld; readonly environment: VirtualEnvironment } {
  const environment = world.environment(host, { variables, args });
  return { app: createApp(Module, { environment, plugins }), world, environment };
}

/** Starts an app, hands it to `use`, and stops it. */
export async function withApp<T>(
  Module: ModuleClass,
  use: (app: App, world: VirtualWorld) => T | Promise<T>,
  place?: Place,
): Promise<T> {
  const { app, world } = virtualApp(Module, place);
  await app.start();
  try {
    return await use(app, world);
  } finally {
    await app.stop();
  }
}

/** Why an app does not start, line by line; the first line says which. */
export async function faultsOf(Module: ModuleClass, place?: Place): Promise<readonly string[]> {
  const { app } = virtualApp(Module, place);
  try {
    await app.start();
  } catch (error) {
    return (error as Error).message.split("\n").map((line) => line.trim());
  }
  await app.stop();
  throw new Error(`${Module.name} started`);
}
