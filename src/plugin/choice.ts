import type { Class } from "./container.js";
import type { Instances, Plugin, Token } from "./plugin.js";

/** A factory with typed dependencies; see {@link factory}. */
export interface FactoryChoice<T> {
  readonly dependencies: readonly Token<unknown>[];
  readonly useFactory: (...dependencies: never[]) => T | Promise<T>;
}

/**
 * Builds a plugin, or the value of a provider, from other injectables; may be async.
 * @example broker: factory([Config], (config) => kafkaBroker({ brokers: config.get("kafka.brokers") }))
 */
export function factory<const Tokens extends readonly Token<unknown>[], T>(
  dependencies: Tokens,
  useFactory: (...dependencies: Instances<Tokens>) => T | Promise<T>,
): FactoryChoice<T> {
  return { dependencies, useFactory: useFactory as FactoryChoice<T>["useFactory"] };
}

/** What a plugin slot takes: a plugin, a class that the container makes, a finished object, or a factory of either. */
export type PluginChoice<T> =
  Plugin<T> | Class<T> | { readonly useValue: T } | FactoryChoice<T | Plugin<T>>;

/** True for what `definePlugin` made. */
export const isPlugin = (value: unknown): value is Plugin<unknown> =>
  typeof value === "object" &&
  value !== null &&
  "create" in value &&
  "token" in value &&
  "needs" in value;

/** What a choice is called in the start banner and in errors. */
export function choiceName(choice: PluginChoice<unknown>): string {
  if (typeof choice === "function") return choice.name;
  if (isPlugin(choice)) return choice.name;
  if ("useValue" in choice) {
    const { name } = choice.useValue as { readonly name?: unknown };
    return typeof name === "string" ? name : "a value";
  }
  return "a factory";
}
