import type { Context } from "./context.js";
import type { EventBrand } from "./topic.js";
import type { CallOptions } from "./call-options.js";

/** What a service class may do around its life; every method optional. */
export interface Hooks {
  /** Before anything listens. */
  onStart?(): unknown;
  /** Registered and reachable. */
  onReady?(): unknown;
  /** Deregistered; work in hand is being finished. */
  onDrain?(): unknown;
  /** Nothing is running any more. */
  onStop?(): unknown;
}

/** Replies of a stream. Leaving the loop, or `close`, tells the server to stop. */
export interface ClientStream<Reply> extends AsyncIterable<Reply> {
  close(): Promise<void>;
}

type Requests<Request> = Request extends AsyncIterable<infer Item> ? AsyncIterable<Item> : Request;

type RemoteMethod<Request, Result> =
  Result extends AsyncIterable<infer Reply>
    ? (request: Requests<Request>, options?: CallOptions) => ClientStream<Reply>
    : Result extends Promise<infer Reply>
      ? (request: Requests<Request>, options?: CallOptions) => Promise<Reply>
      : never;

type TakesEvent<Parameters> = Parameters extends readonly [infer First, ...unknown[]]
  ? unknown extends First
    ? false
    : First extends object
      ? EventBrand extends keyof First
        ? true
        : false
      : false
  : false;

type IsRemote<Method> = Method extends (
  ...parameters: infer Parameters
) => Promise<unknown> | AsyncIterable<unknown>
  ? TakesEvent<Parameters> extends true
    ? false
    : true
  : false;

/** The names of a class's handlers: public methods with a Promise or AsyncIterable result, less hooks and subscribers. */
export type RemoteKeys<S> = {
  [Key in keyof S]-?: Key extends keyof Hooks ? never : IsRemote<S[Key]> extends true ? Key : never;
}[keyof S];

/** The typed client of a service class: its handlers, with {@link CallOptions} in the context's place. */
export type ClientOf<S> = {
  readonly [Key in RemoteKeys<S>]: S[Key] extends (...parameters: infer Parameters) => infer Result
    ? Parameters extends readonly []
      ? RemoteMethod<void, Result>
      : Parameters extends readonly [infer Request, ...unknown[]]
        ? RemoteMethod<Request, Result>
        : // one optional parameter
          Parameters extends readonly [(infer Request)?, ...unknown[]]
          ? RemoteMethod<Request | undefined, Result>
          : never
    : never;
};

/** What a class must have to serve a contract: its methods, each with the context as second parameter. */
export type HandlersOf<S> = {
  readonly [Key in RemoteKeys<S>]: S[Key] extends (...parameters: infer Parameters) => infer Result
    ? Parameters extends readonly [infer Request, ...unknown[]]
      ? (request: Request, context: Context) => Result
      : (request: void, context: Context) => Result
    : never;
};
