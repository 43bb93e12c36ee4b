import type {
  HandlerDefinition,
  ServiceInfo,
  SubscriberDefinition,
  ServiceHooks,
} from "../src/spi.js";
import type { Class } from "../src/spi.js";
import { handlerRecords, interceptorsOf, subscriptionRecords } from "./metadata.js";

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

/** Binds the methods of an instance to what is recorded of its class. `info` may carry a name set from outside. */
export function bindService(Class: Class, instance: object, info: ServiceInfo): BoundService {
  const methodOf = (name: string | symbol): Method =>
    (instance as Readonly<Record<string | symbol, unknown>>)[name] as Method;
  const handlers = handlerRecords(Class).map(({ property, options }): HandlerDefinition => {
    const { name, ...settings } = options;
    const method = methodOf(property);
    return {
      ...settings,
      replyStream: settings.replyStream ?? isGenerator(method),
      interceptors: interceptorsOf(Class, property),
      service: info,
      endpoint: `${Class.name}.${name ?? upperFirst(String(property))}`,
      ...(name === undefined ? {} : { method: String(property) }),
      handle: (request, context) => method.call(instance, request, context as never),
    };
  });
  const subscribers = subscriptionRecords(Class).map(
    ({ property, topic, options }): SubscriberDefinition => {
      const method = methodOf(property);
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
    typeof methodOf(name) === "function" ? { [name]: () => methodOf(name).call(instance) } : {};
  return {
    handlers,
    subscribers,
    hooks: { ...hook("onStart"), ...hook("onReady"), ...hook("onDrain"), ...hook("onStop") },
  };
}
