// What a typed client offers, and what it refuses.
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/await-thenable --
   what does not compile has no type */
import {
  Client,
  type CallOptions,
  type ClientOf,
  type ClientStream,
  type Context,
  type Event,
} from "plugboard";
import { expectType, expectValue, type Equal } from "./expect-type.js";

interface HelloRequest {
  name: string;
}
interface HelloReply {
  greeting: string;
}
interface Count {
  n: number;
}

declare abstract class Greeter {
  readonly started: Date;
  hello(request: HelloRequest, context: Context): Promise<HelloReply>;
  nothing(): Promise<void>;
  maybe(request?: HelloRequest): Promise<HelloReply>;
  countdown(request: { from: number }): AsyncIterable<Count>;
  ticks(request: { from: number }, context: Context): AsyncGenerator<Count>;
  sum(numbers: AsyncIterable<Count>): Promise<{ total: number }>;
  double(numbers: AsyncIterable<Count>, context: Context): AsyncGenerator<Count>;
  untyped(request: unknown): Promise<unknown>;
  welcome(event: Event<{ id: string }>): Promise<void>;
  private helper(): Promise<number>;
  protected inherited(): Promise<number>;
  onStart(): Promise<void>;
  onReady(): void;
  onDrain(): Promise<void>;
  onStop(): Promise<void>;
}

class GreeterClient extends Client<Greeter>("greeter") {}

declare const greeter: GreeterClient;
declare const counts: AsyncIterable<Count>;

// The four shapes come from the signatures; the caller says CallOptions where the callee gets Context.
expectType<
  Equal<
    GreeterClient["hello"],
    (request: HelloRequest, options?: CallOptions) => Promise<HelloReply>
  >
>(true);
expectType<
  Equal<
    GreeterClient["countdown"],
    (request: { from: number }, options?: CallOptions) => ClientStream<Count>
  >
>(true);
expectType<Equal<GreeterClient["ticks"], GreeterClient["countdown"]>>(true);
expectType<
  Equal<
    GreeterClient["sum"],
    (request: AsyncIterable<Count>, options?: CallOptions) => Promise<{ total: number }>
  >
>(true);
expectType<
  Equal<
    GreeterClient["double"],
    (request: AsyncIterable<Count>, options?: CallOptions) => ClientStream<Count>
  >
>(true);
expectType<
  Equal<GreeterClient["untyped"], (request: unknown, options?: CallOptions) => Promise<unknown>>
>(true);
// Hooks, subscribers, private methods and properties are not remote.
expectType<
  Equal<
    keyof ClientOf<Greeter>,
    "hello" | "nothing" | "maybe" | "countdown" | "ticks" | "sum" | "double" | "untyped"
  >
>(true);

export const accepted = async (): Promise<void> => {
  const { greeting } = await greeter.hello({ name: "Ada" }, { timeoutMs: 500, retries: 2 });
  expectValue<string>()(greeting);
  await greeter.nothing();
  await greeter.nothing(undefined, { timeoutMs: 500 });
  await greeter.maybe(undefined);
  for await (const { n } of greeter.countdown({ from: 3 })) expectValue<number>()(n);
  for await (const { n } of greeter.double(counts)) expectValue<number>()(n);
  const { total } = await greeter.sum(counts, { signal: new AbortController().signal });
  expectValue<number>()(total);
  await greeter.ticks({ from: 1 }).close();
};

export const refused = [
  // @ts-expect-error wrong request type
  () => greeter.hello({ nme: "Ada" }),
  // @ts-expect-error the request is missing
  () => greeter.hello(),
  // @ts-expect-error one item where a stream is taken
  () => greeter.sum({ n: 1 }),
  // @ts-expect-error items of the wrong type
  () => greeter.sum(greeter.untyped({})),
  // @ts-expect-error a private helper is not part of the client
  () => greeter.helper(),
  // @ts-expect-error nor is a protected one
  () => greeter.inherited(),
  // @ts-expect-error lifecycle hooks are not remote
  () => greeter.onStop(),
  // @ts-expect-error subscribers are not remote
  () => greeter.welcome,
  // @ts-expect-error properties are not remote
  () => greeter.started,
  // @ts-expect-error a client's method cannot be replaced
  () => (greeter.hello = () => Promise.resolve({ greeting: "" })),
  // @ts-expect-error awaiting a stream gives the stream, not an item
  async () => (await greeter.countdown({ from: 1 })).n,
  async () => {
    // @ts-expect-error a unary call cannot be iterated
    for await (const _ of greeter.hello({ name: "Ada" }));
  },
  // @ts-expect-error a typo in the call options
  () => greeter.hello({ name: "Ada" }, { timeout: 500 }),
  // @ts-expect-error the unit is in the name; the value is a number
  () => greeter.hello({ name: "Ada" }, { timeoutMs: "500ms" }),
  // @ts-expect-error typos in nested options
  () => greeter.hello({ name: "Ada" }, { select: { versions: "1.2.0" } }),
  // @ts-expect-error undefined is not an absent option
  () => greeter.hello({ name: "Ada" }, { retries: undefined }),
  // @ts-expect-error a service has a name
  () => Client<Greeter>(),
  // @ts-expect-error a typo in the client's options
  () => Client<Greeter>("greeter", { handlers: "Greeter" }),
  // @ts-expect-error error classes are told by a type of their own
  () => Client<Greeter>("greeter", { errors: [Error] }),
];
