// A contract by value, such as a generated one, types clients and servers alike.
/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return -- what does not compile has no type */
import {
  Client,
  contract,
  Handler,
  messageTypes,
  type CallOptions,
  type ClientOf,
  type ClientStream,
  type Context,
  type HandlersOf,
} from "plugboard";
import { expectType, type Equal } from "./expect-type.js";

interface HelloRequest {
  name: string;
}
interface HelloReply {
  greeting: string;
}

/** The methods of the contract, as a service would have them. */
interface Greeter {
  hello(request: HelloRequest): Promise<HelloReply>;
  chat(requests: AsyncIterable<HelloRequest>): AsyncIterable<HelloReply>;
}

const types = messageTypes({
  messages: {
    "greeter.HelloRequest": [{ name: "name", number: 1, type: "string" }],
    "greeter.HelloReply": [{ name: "greeting", number: 1, type: "string" }],
  },
});

const GreeterContract = contract<Greeter>("greeter", {
  hello: {
    endpoint: "Greeter.Hello",
    input: types["greeter.HelloRequest"],
    output: types["greeter.HelloReply"],
  },
  chat: { endpoint: "Greeter.Chat", requestStream: true, replyStream: true },
});

class GreeterClient extends Client(GreeterContract) {}

expectType<Equal<keyof GreeterClient, "hello" | "chat">>(true);
expectType<
  Equal<
    GreeterClient["hello"],
    (request: HelloRequest, options?: CallOptions) => Promise<HelloReply>
  >
>(true);
expectType<
  Equal<
    GreeterClient["chat"],
    (request: AsyncIterable<HelloRequest>, options?: CallOptions) => ClientStream<HelloReply>
  >
>(true);
expectType<
  Equal<
    HandlersOf<Greeter>["hello"],
    (request: HelloRequest, context: Context) => Promise<HelloReply>
  >
>(true);

export class Accepted implements HandlersOf<Greeter> {
  @Handler()
  async hello({ name }: HelloRequest, context: Context): Promise<HelloReply> {
    context.signal.throwIfAborted();
    return Promise.resolve({ greeting: `Hello ${name}` });
  }

  @Handler({ requestStream: true })
  async *chat(requests: AsyncIterable<HelloRequest>): AsyncIterable<HelloReply> {
    for await (const { name } of requests) yield { greeting: `Hello ${name}` };
  }
}
// Client of the serving class and client of the contract are the same.
expectType<Equal<ClientOf<Accepted>["hello"], GreeterClient["hello"]>>(true);

// @ts-expect-error a method of the contract is missing
export class Incomplete implements HandlersOf<Greeter> {
  async hello(_request: HelloRequest): Promise<HelloReply> {
    return Promise.resolve({ greeting: "" });
  }
}

export class Different implements HandlersOf<Greeter> {
  // @ts-expect-error the contract promises another reply
  async hello(_request: HelloRequest): Promise<{ text: string }> {
    return Promise.resolve({ text: "" });
  }

  async *chat(_requests: AsyncIterable<HelloRequest>): AsyncIterable<HelloReply> {
    yield await Promise.resolve({ greeting: "" });
  }
}

declare const greeter: GreeterClient;

export const refused = [
  // @ts-expect-error wrong request type
  () => greeter.hello({ nme: "Ada" }),
  // @ts-expect-error not in the contract
  () => greeter.bye({ name: "Ada" }),
  // @ts-expect-error an endpoint has a name
  () => contract<Greeter>("greeter", { hello: { input: types["greeter.HelloRequest"] } }),
  // @ts-expect-error the literal has no such message
  () => types["greeter.Bye"],
];
