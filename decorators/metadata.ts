import "reflect-metadata";
import type {
  HandlerSettings,
  Interceptor,
  ServiceInfo,
  Topic,
  TopicOptions,
} from "../src/index.js";
import { notThereYet } from "../src/spi.js";
import type { ModuleOptions } from "./module-options.js";

/** A method with `@Handler`. */
export interface HandlerRecord {
  readonly property: string | symbol;
  readonly options: HandlerSettings & { readonly name?: string };
}

/** A method with `@Subscribe`. */
export interface SubscriptionRecord {
  readonly property: string | symbol;
  readonly topic: Topic<unknown>;
  readonly options: TopicOptions<never>;
}

const key = {
  service: "plugboard:service",
  injectable: "plugboard:injectable",
  module: "plugboard:module",
  handlers: "plugboard:handlers",
  subscriptions: "plugboard:subscriptions",
  interceptors: "plugboard:interceptors",
} as const;

const nameOf = (Class: object): string => (Class as { readonly name: string }).name;

/** Lists are kept on the class that declares them. */
const own = <T>(name: string, Class: object): readonly T[] =>
  (Reflect.getOwnMetadata(name, Class) ?? []) as readonly T[];

function append<T>(name: string, Class: object, value: T): void {
  Reflect.defineMetadata(name, [...own<T>(name, Class), value], Class);
}

/** The lists of a class and of its parents, nearest first. */
function lists<T>(name: string, Class: object): readonly (readonly T[])[] {
  const found: (readonly T[])[] = [];
  for (
    let at: object | null = Class;
    at && at !== Function.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    found.push(own<T>(name, at));
  }
  return found;
}

export function recordInjectable(Class: object): void {
  Reflect.defineMetadata(key.injectable, true, Class);
}

export function recordService(Class: object, info: ServiceInfo): void {
  if (!info?.name)
    throw new TypeError(`@Service of ${nameOf(Class)} needs a name: @Service({ name: "greeter" })`);
  recordInjectable(Class);
  Reflect.defineMetadata(key.service, info, Class);
}

export function recordModule(Class: object, options: ModuleOptions): void {
  Reflect.defineMetadata(key.module, options, Class);
}

/** The class of a method. @throws TypeError for a static method, whose class would be `Function`. */
function classOf(prototype: object, property: string | symbol, decorator: string): object {
  if (typeof prototype === "function")
    throw new TypeError(
      `${prototype.name}.${String(property)} is static; ${decorator} belongs on methods of instances`,
    );
  return prototype.constructor;
}

export function recordHandler(
  prototype: object,
  property: string | symbol,
  options: HandlerRecord["options"],
): void {
  const Class = classOf(prototype, property, "@Handler");
  if (own<HandlerRecord>(key.handlers, Class).some((record) => record.property === property))
    throw new TypeError(`${nameOf(Class)}.${String(property)} has @Handler twice`);
  append<HandlerRecord>(key.handlers, Class, { property, options });
}

export function recordSubscription(
  prototype: object,
  property: string | symbol,
  topic: Topic<unknown>,
  options: TopicOptions<never>,
): void {
  const Class = classOf(prototype, property, "@Subscribe");
  if (topic === undefined)
    throw new TypeError(
      `@Subscribe(undefined) of ${nameOf(Class)}.${String(property)}: ${notThereYet}`,
    );
  append<SubscriptionRecord>(key.subscriptions, Class, { property, topic, options });
}

/** `target` is the class for a class's decorator and the prototype for a method's. */
export function recordInterceptors(
  target: object,
  property: string | symbol | undefined,
  interceptors: readonly Interceptor[],
): void {
  const Class = property === undefined ? target : classOf(target, property, "@Use");
  append(key.interceptors, Class, { property, interceptors });
}

export const serviceInfo = (Class: object): ServiceInfo | undefined =>
  Reflect.getOwnMetadata(key.service, Class) as ServiceInfo | undefined;

export const moduleOptions = (Class: object): ModuleOptions | undefined =>
  Reflect.getOwnMetadata(key.module, Class) as ModuleOptions | undefined;

export const isInjectable = (Class: object): boolean =>
  Reflect.getOwnMetadata(key.injectable, Class) === true;

/** All records of a class; its own of a method hide those that its parents have of it. */
function nearest<T extends { readonly property: string | symbol }>(
  name: string,
  Class: object,
): readonly T[] {
  const seen = new Set<string | symbol>();
  return lists<T>(name, Class).flatMap((records) => {
    const visible = records.filter(({ property }) => !seen.has(property));
    for (const { property } of records) seen.add(property);
    return visible;
  });
}

export const handlerRecords = (Class: object): readonly HandlerRecord[] =>
  nearest<HandlerRecord>(key.handlers, Class);

export const subscriptionRecords = (Class: object): readonly SubscriptionRecord[] =>
  nearest<SubscriptionRecord>(key.subscriptions, Class);

/** Interceptors of a method, the class's first. */
export function interceptorsOf(Class: object, property: string | symbol): readonly Interceptor[] {
  const records = lists<{
    readonly property: string | symbol | undefined;
    readonly interceptors: readonly Interceptor[];
  }>(key.interceptors, Class).flat();
  // Decorators run from the bottom up: the one written first was recorded last.
  const of = (wanted: string | symbol | undefined): readonly Interceptor[] =>
    records
      .filter((record) => record.property === wanted)
      .reverse()
      .flatMap((record) => record.interceptors);
  return [...of(undefined), ...of(property)];
}

/** The type that the compiler emitted for a property; undefined when it emits none (esbuild, tsx). */
export const designType = (target: object, property: string | symbol): unknown =>
  Reflect.getMetadata("design:type", target, property) as unknown;
