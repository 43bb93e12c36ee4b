import type {
  Context,
  HandlerSettings,
  MessageClass,
  MessageType,
  StandardSchema,
} from "../src/index.js";
import { recordHandler } from "./metadata.js";

/** What `@Handler` takes. */
export interface HandlerOptions extends Omit<HandlerSettings, "input" | "output" | "interceptors"> {
  /** Method part of the endpoint; the method's name with an upper first letter when left out. */
  readonly name?: string;
}

/** A schema whose values are of type `T`: a Standard Schema, a class with `@Message()`, or a message type. */
type SchemaOf<T> = StandardSchema<unknown, T> | MessageClass<T> | MessageType<T>;

type Method<Request, Reply> = (request: Request, context: Context) => Reply;

type Decorates<Allowed> = <M extends Allowed>(
  prototype: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type Answer<Reply> = Promise<Reply> | AsyncIterable<Reply>;

/**
 * Makes a method reachable as `Class.Method`. A Promise answers once, an `async *` method with a
 * stream; a parameter typed AsyncIterable takes a stream. Schemas are checked against the signature
 * by the compiler and against the values at run time.
 */
export function Handler<Request, Reply>(
  options: HandlerOptions & { readonly input: SchemaOf<Request>; readonly output: SchemaOf<Reply> },
): Decorates<Method<Request, Answer<Reply>> | Method<AsyncIterable<Request>, Answer<Reply>>>;
export function Handler<Request>(
  options: HandlerOptions & { readonly input: SchemaOf<Request>; readonly output?: never },
): Decorates<Method<Request, Answer<unknown>> | Method<AsyncIterable<Request>, Answer<unknown>>>;
export function Handler<Reply>(
  options: HandlerOptions & { readonly input?: never; readonly output: SchemaOf<Reply> },
): Decorates<Method<never, Answer<Reply>>>;
export function Handler(options?: HandlerOptions): Decorates<Method<never, Answer<unknown>>>;
export function Handler(
  options: HandlerOptions & Pick<HandlerSettings, "input" | "output"> = {},
): Decorates<(...parameters: never[]) => unknown> {
  return (prototype, property) => recordHandler(prototype, property, options);
}
