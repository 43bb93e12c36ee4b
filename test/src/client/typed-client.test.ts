import { describe, expect, test } from "@jest/globals";
import { contract, type EndpointShape } from "../../../src/call/contract.js";
import { topic } from "../../../src/call/topic.js";
import type { Client, EventMessage, Request } from "../../../src/client/client.js";
import { PendingCall } from "../../../src/client/pending-call.js";
import { bindPublisher, Publisher, topicOf } from "../../../src/client/publisher.js";
import {
  bindClient,
  describeClient,
  reservedMethods,
  typedClient,
} from "../../../src/client/typed-client.js";

interface Greeter {
  hello(request: { name: string }): Promise<{ greeting: string }>;
  countdown(request: { from: number }): AsyncIterable<{ n: number }>;
}

type Described = EndpointShape | undefined | Promise<EndpointShape | undefined>;

/** A client that only notes what it was asked to do. */
function noting(describeAs: (method: string) => Described = () => undefined) {
  const asked: string[] = [];
  const published: EventMessage[] = [];
  const words = ({ service, shape, body }: Request): string =>
    `${service} ${shape.endpoint} ${JSON.stringify(body)}`;
  const client: Partial<Client> = {
    newRequest: (service, endpoint, body) => ({
      service,
      shape: typeof endpoint === "string" ? { endpoint } : endpoint,
      body,
    }),
    newMessage: (about, data) => ({
      topic: typeof about === "string" ? { name: about } : about,
      data,
    }),
    call: (request, options) => {
      asked.push(`call ${words(request)} ${options?.timeoutMs ?? "-"}`);
      return Promise.resolve({ greeting: "Hello" });
    },
    stream: (request) => {
      asked.push(`stream ${words(request)}`);
      return {
        async *[Symbol.asyncIterator]() {
          yield await Promise.resolve({ n: 3 });
        },
        close: () => Promise.resolve(),
      };
    },
    publish: (message) => {
      published.push(message);
      return Promise.resolve();
    },
    describe: (_service, method) => describeAs(method),
  };
  return { client: client as Client, asked, published };
}

class GreeterClient extends typedClient<Greeter>("go.micro.srv.greeter") {}

const bound = (client: Client, Class: new () => object = GreeterClient): GreeterClient =>
  bindClient(Class, client) as GreeterClient;

describe("a typed client", () => {
  test("asks the registry how a method is called", async () => {
    const { client, asked } = noting((method) => ({
      endpoint: `Say.${method}`,
      replyStream: method === "countdown",
    }));
    const greeter = bound(client);
    expect(await greeter.hello({ name: "Ann" }, { timeoutMs: 50 })).toEqual({ greeting: "Hello" });
    for await (const item of greeter.countdown({ from: 3 })) expect(item).toEqual({ n: 3 });
    expect(asked).toEqual([
      'call go.micro.srv.greeter Say.hello {"name":"Ann"} 50',
      'stream go.micro.srv.greeter Say.countdown {"from":3}',
    ]);
  });

  test("finds out by use what the registry does not tell", async () => {
    const { client, asked } = noting();
    const greeter = bound(client);
    expect(greeter.hello({ name: "Ann" })).toBeInstanceOf(PendingCall);
    expect(await greeter.hello({ name: "Bob" })).toEqual({ greeting: "Hello" });
    for await (const item of greeter.countdown({ from: 3 })) expect(item).toEqual({ n: 3 });
    expect(asked).toEqual([
      'call go.micro.srv.greeter Greeter.Hello {"name":"Bob"} -',
      'stream go.micro.srv.greeter Greeter.Countdown {"from":3}',
    ]);
  });

  test("waits for a registry that answers later", async () => {
    const { client, asked } = noting(() => Promise.resolve({ endpoint: "Say.Hello" }));
    await bound(client).hello({ name: "Ann" });
    expect(asked).toEqual(['call go.micro.srv.greeter Say.Hello {"name":"Ann"} -']);
  });

  test("goes on when the registry fails, and asks it nothing for a given address", async () => {
    let questions = 0;
    const { client, asked } = noting(() => {
      questions++;
      throw new Error("the registry is away");
    });
    await bound(client).hello({ name: "Ann" });
    expect(questions).toBe(1);
    await bound(client).hello({ name: "Bob" }, { address: "a:1" });
    expect(questions).toBe(1);
    expect(asked).toHaveLength(2);
  });

  test("may name the class that serves", async () => {
    class Other extends typedClient<Greeter>("greeter", { handler: "Welcomer" }) {}
    const { client, asked } = noting();
    await bound(client, Other).hello({ name: "Ann" });
    expect(asked).toEqual(['call greeter Welcomer.Hello {"name":"Ann"} -']);
  });

  test("of a contract knows its endpoints, and no others", async () => {
    const endpoints = {
      hello: { endpoint: "Greeter.Hello" },
      countdown: { endpoint: "Greeter.Down", replyStream: true },
    };
    class Contracted extends typedClient(contract<Greeter>("greeter", endpoints)) {}
    const { client, asked } = noting(() => {
      throw new Error("nobody asks");
    });
    const greeter = bound(client, Contracted);
    await greeter.hello({ name: "Ann" });
    for await (const item of greeter.countdown({ from: 1 })) expect(item).toEqual({ n: 3 });
    expect(asked).toEqual([
      'call greeter Greeter.Hello {"name":"Ann"} -',
      'stream greeter Greeter.Down {"from":1}',
    ]);
    expect((greeter as unknown as Record<string, unknown>)["other"]).toBeUndefined();
    expect((greeter as unknown as Record<string, unknown>).hasOwnProperty).toBeUndefined();
  });

  test("can be awaited, printed and compared without a call", async () => {
    const { client, asked } = noting();
    const greeter = bound(client);
    expect(await Promise.resolve(greeter)).toBe(greeter);
    expect(greeter instanceof GreeterClient).toBe(true);
    expect(Object.prototype.toString.call(greeter)).toBe("[object Object]");
    expect(JSON.stringify(greeter)).toBe("{}");
    const names = greeter as unknown as Record<string, unknown>;
    for (const name of reservedMethods)
      if (!(name in Object.prototype)) expect(names[name]).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test("gives a method once, and cannot be changed", () => {
    const greeter = bound(noting().client);
    expect(greeter.hello).toBe(greeter.hello);
    expect(() => Object.assign(greeter, { hello: 1 })).toThrow(TypeError);
  });

  test("is made by the container, and by nobody else", () => {
    expect(() => new GreeterClient()).toThrow(/GreeterClient is made by the container/);
    expect(describeClient(GreeterClient)?.service).toBe("go.micro.srv.greeter");
    expect(describeClient(class {})).toBeUndefined();
    expect(describeClient(undefined)).toBeUndefined();
    expect(() => bindClient(class Plain {}, noting().client)).toThrow(/Plain is no client/);
    expect(() => typedClient("")).toThrow(/client's service name must be/);
  });
});

describe("a typed publisher", () => {
  const UserCreated = topic<{ id: number }>("user.created");
  class UserCreatedPublisher extends Publisher(UserCreated) {}

  test("publishes on its topic", async () => {
    const { client, published } = noting();
    const publisher = bindPublisher(UserCreatedPublisher, client) as UserCreatedPublisher;
    expect(publisher).toBeInstanceOf(UserCreatedPublisher);
    await publisher.publish({ id: 7 });
    expect(published).toEqual([{ topic: UserCreated, data: { id: 7 } }]);
  });

  test("is made by the container, and by nobody else", () => {
    expect(() => new UserCreatedPublisher()).toThrow(/made by the container/);
    expect(topicOf(UserCreatedPublisher)).toBe(UserCreated);
    expect([topicOf(class {}), topicOf(undefined)]).toEqual([undefined, undefined]);
    expect(() => bindPublisher(class Plain {}, noting().client)).toThrow(/Plain is no publisher/);
  });
});
