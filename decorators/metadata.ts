import "reflect-metadata";
import type {
  HandlerSettings,
  Interceptor,
  ServiceInfo,
  Topic,
  TopicOptions,
} from "../src/index.js";
import type { ModuleOptions } from "./module.js";

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

/** Lists are kept on the class that declares them; reading goes through the parents, nearest first. */
function append<T>(name: string, Class: object, value: T): void {
  const own = (Reflect.getOwnMetadata(name, Class) ?? []) as readonly T[];
  Reflect.defineMetadata(name, [...own, value], Class);
}

function collect<T>(name: string, Class: object): readonly T[] {
  const found: T[] = [];
  for (
    let at: object | null = Class;
    at && at !== Function.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    found.push(...((Reflect.getOwnMetadata(name, at) ?? []) as readonly T[]));
  }
  return found;
}

export function recordInjectable(Class: object): void {
  Reflect.defineMetadata(key.injectable, true, Class);
}

export function recordService(Class: object, info: ServiceInfo): void {
  if (!info?.name)
    throw new TypeError(
      `@Service of ${(Class as { name: string }).name} needs a name: @Service({ name: "greeter" })`,
    );
  recordInjectable(Class);
  Reflect.defineMetadata(key.service, info, Class);
}

export function recordModule(Class: object, options: ModuleOptions): void {
  Reflect.defineMetadata(key.module, options, Class);
}

export function recordHandler(
  prototype: object,
  property: string | symbol,
  options: HandlerRecord["options"],
): void {
  append<HandlerRecord>(key.handlers, prototype.constructor, { property, options });
}

export function recordSubscription(
  prototype: object,
  property: string | symbol,
  topic: Topic<unknown>,
  options: TopicOptions<never>,
): void {
  append<SubscriptionRecord>(key.subscriptions, prototype.constructor, {
    property,
    topic,
    options,
  });
}

/** `target` is the class for a class's decorator and the prototype for a method's. */
export function recordInterceptors(
  target: object,
  property: string | symbol | undefined,
  interceptors: readonly Interceptor[],
): void {
  const Class = property === undefined ? target : target.constructor;
  append(key.interceptors, Class, { property, interceptors });
}

export const serviceInfo = (Class: object): ServiceInfo | undefined =>
  Reflect.getOwnMetadata(key.service, Class) as ServiceInfo | undefined;

export const moduleOptions = (Class: object): ModuleOptions | undefined =>
  Reflect.getOwnMetadata(key.module, Class) as ModuleOptions | undefined;

export const isInjectable = (Class: object): boolean =>
  Reflect.getOwnMetadata(key.injectable, Class) === true;

/** A subclass's record of a method hides its parent's. */
function nearest<T extends { readonly property: string | symbol }>(
  records: readonly T[],
): readonly T[] {
  const seen = new Set<string | symbol>();
  return records.filter(({ property }) => !seen.has(property) && seen.add(property));
}

export const handlerRecords = (Class: object): readonly HandlerRecord[] =>
  nearest(collect<HandlerRecord>(key.handlers, Class));

export const subscriptionRecords = (Class: object): readonly SubscriptionRecord[] =>
  collect<SubscriptionRecord>(key.subscriptions, Class);

/** Interceptors of a method, the class's first. */
export function interceptorsOf(Class: object, property: string | symbol): readonly Interceptor[] {
  const records = collect<{
    readonly property: string | symbol | undefined;
    readonly interceptors: readonly Interceptor[];
  }>(key.interceptors, Class);
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
