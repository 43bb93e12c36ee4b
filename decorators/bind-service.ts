import type {
  HandlerDefinition,
  ServiceInfo,
  SubscriberDefinition,
  ServiceHooks,
} from "../src/spi.js";
import { handlerRecords, interceptorsOf, subscriptionRecords } from "./metadata.js";

const hookNames: ReadonlySet<string> = new Set(["onStart", "onReady", "onDrain", "onStop"]);

const isGenerator = (method: unknown): boolean =>
  Object.prototype.toString.call(method) === "[object AsyncGeneratorFunction]";

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Method = (...args: never[]) => unknown;

/** What a service class offers, bound to its instance. */
export interface BoundService {
  readonly handlers: readonly HandlerDefinition[];
  readonly subscribers: readonly SubscriberDefinition[];
  readonly hooks: ServiceHooks;
}

/**
 * Every public method must be a handler, a subscriber or a hook: only then is the typed client, which
 * sees all public methods, true.
 * @throws TypeError that names class and method.
 */
export function checkMethods(Class: abstract new (...args: never[]) => object): void {
  const known = new Set<string | symbol>([
    ...handlerRecords(Class).map(({ property }) => property),
    ...subscriptionRecords(Class).map(({ property }) => property),
  ]);
  for (
    let at = Class.prototype as object;
    at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  ) {
    for (const [name, { value, get, set }] of Object.entries(
      Object.getOwnPropertyDescriptors(at),
    )) {
      if (name === "constructor" || known.has(name) || hookNames.has(name)) continue;
      if (typeof value !== "function" && (get || set)) continue;
      throw new TypeError(
        `${Class.name}.${name} is neither @Handler, @Subscribe nor a hook; callers would see it in their typed client. Decorate it, make it #private, or move it to a provider`,
      );
    }
  }
}

/** Binds the methods of an instance. `info` may carry a name set from outside. */
export function bindService(instance: object, info: ServiceInfo): BoundService {
  const Class = instance.constructor as abstract new (...args: never[]) => object;
  const methods = instance as Record<string | symbol, Method>;
  const handlers = handlerRecords(Class).map(({ property, options }): HandlerDefinition => {
    const { name, ...settings } = options;
    const method = methods[property]!;
    return {
      ...settings,
      replyStream: settings.replyStream ?? isGenerator(method),
      interceptors: interceptorsOf(Class, property),
      service: info,
      endpoint: `${Class.name}.${name ?? upperFirst(String(property))}`,
      handle: (request, context) => method.call(instance, request, context as never),
    };
  });
  const subscribers = subscriptionRecords(Class).map(
    ({ property, topic, options }): SubscriberDefinition => {
      const method = methods[property]!;
      return {
        ...options,
        service: info,
        topic: topic.name,
        name: `${Class.name}.${upperFirst(String(property))}`,
        ...(topic.schema ? { schema: topic.schema } : {}),
        interceptors: interceptorsOf(Class, property),
        handle: (event) => method.call(instance, event as never),
      };
    },
  );
  const hook = (name: keyof ServiceHooks): ServiceHooks =>
    typeof methods[name] === "function" ? { [name]: () => methods[name]!.call(instance) } : {};
  return {
    handlers,
    subscribers,
    hooks: { ...hook("onStart"), ...hook("onReady"), ...hook("onDrain"), ...hook("onStop") },
  };
}
