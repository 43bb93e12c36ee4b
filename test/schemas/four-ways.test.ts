import { expect, test } from "@jest/globals";
import {
  Client,
  contract,
  createService,
  Field,
  Handler,
  Message,
  messageType,
  Module,
  Service,
  protoText,
  type Interceptor,
} from "plugboard";
import { parseProto, protoContract } from "plugboard/plugins/codec/protobuf";
import { Test } from "plugboard/testing";
import { z } from "zod";

// One greeter, described in each of the four ways; the same calls in each.
interface HelloRequest {
  name: string;
}
interface HelloReply {
  greeting: string;
}
interface Greeter {
  hello(request: HelloRequest): Promise<HelloReply>;
  count(request: { from: bigint }): AsyncIterable<{ n: bigint }>;
}

const seen: string[] = [];
const noteType: Interceptor = (next) => (call) => {
  seen.push(`${call.endpoint} ${call.shape}`);
  return next(call);
};

@Service({ name: "plain" })
class Plain {
  @Handler() async hello({ name }: HelloRequest): Promise<HelloReply> {
    return Promise.resolve({ greeting: `Hello ${name}` });
  }
}

const helloRequest = z.object({ name: z.string().min(1) });
const helloReply = z.object({ greeting: z.string() });

@Service({ name: "checked" })
class Checked {
  @Handler({ input: helloRequest, output: helloReply })
  async hello({ name }: HelloRequest): Promise<HelloReply> {
    return Promise.resolve({
      greeting: name === "bad" ? (7 as unknown as string) : `Hello ${name}`,
    });
  }
}

@Message({ package: "coded" })
class CodedRequest {
  @Field(1, "string") name = "";
}
@Message({ package: "coded" })
class CodedReply {
  @Field(1, "string") greeting = "";
}
@Service({ name: "coded" })
class Coded {
  @Handler({ input: CodedRequest, output: CodedReply })
  async hello(request: CodedRequest): Promise<CodedReply> {
    const reply = new CodedReply();
    reply.greeting = `Hello ${request.name}${request instanceof CodedRequest ? "" : "?"}`;
    return Promise.resolve(reply);
  }
}

const proto = parseProto(`
  syntax = "proto3";
  package proto;
  service Greeter {
    rpc Hello (HelloRequest) returns (HelloReply) { option idempotency_level = IDEMPOTENT; }
    rpc Count (CountRequest) returns (stream Tick);
  }
  message HelloRequest { string name = 1; }
  message HelloReply { string greeting = 1; }
  message CountRequest { int64 from = 1; }
  message Tick { int64 n = 1; }
`);
const GreeterContract = protoContract<Greeter>("proto", proto.service("Greeter"));

class PlainClient extends Client<Plain>("plain") {}
class CheckedClient extends Client<Checked>("checked") {}
class CodedClient extends Client(
  contract<Coded>("coded", {
    hello: {
      endpoint: "Coded.Hello",
      input: messageType(CodedRequest),
      output: messageType(CodedReply),
    },
  }),
) {}
class ProtoClient extends Client(GreeterContract) {}

@Module({ services: [Plain, Checked, Coded], interceptors: [noteType] })
class Greeters {}

test("nothing, a Standard Schema and message classes give the same typed client", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(Greeters);
  for (const Class of [PlainClient, CheckedClient, CodedClient])
    expect(await cluster.client(Class).hello({ name: "Ada" })).toEqual({ greeting: "Hello Ada" });
  expect(await cluster.client(CodedClient).hello({ name: "Ada" })).toBeInstanceOf(CodedReply);
  expect(seen).toContain("Coded.Hello unary");
});

test("a Standard Schema is checked at run time, on the way in and on the way out", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(Greeters);
  const checked = cluster.client(CheckedClient);
  await expect(checked.hello({ name: "" })).rejects.toMatchObject({
    code: 400,
    reason: "schema.invalid",
    detail: expect.stringMatching(/^invalid request: name: /) as unknown,
  });
  await expect(checked.hello({ name: "bad" })).rejects.toMatchObject({
    code: 500,
    reason: "schema.invalid",
  });
});

test("a .proto loaded at start serves and calls in protobuf, streams and 64-bit numbers included", async () => {
  const { memoryBroker } = await import("plugboard/plugins/broker/memory");
  const { memoryRegistry, memoryRegistryHub } = await import("plugboard/plugins/registry/memory");
  const { virtualWorld } = await import("../support/virtual-environment.js");
  const world = virtualWorld();
  const hub = memoryRegistryHub();
  const place = (host: string) => ({
    environment: world.environment(host),
    plugins: { registry: memoryRegistry({ hub }), broker: memoryBroker() },
  });
  const { hello, count } = GreeterContract.endpoints;
  const types: string[] = [];
  await using server = await createService({
    name: "proto",
    ...place("10.0.0.1"),
    interceptors: [
      (next) => (call) => {
        types.push(call.shape);
        return next(call);
      },
    ],
  })
    .handle(
      hello!.endpoint,
      ({ name }: HelloRequest) => Promise.resolve({ greeting: `Hello ${name}` }),
      { input: hello!.input!, output: hello!.output!, idempotent: true },
    )
    .handle(
      count!.endpoint,
      async function* ({ from }: { from: bigint }) {
        for (let n = from; n > 0n; n--) yield await Promise.resolve({ n });
      },
      { input: count!.input!, output: count!.output! },
    )
    .start();
  await using caller = await createService({ name: "caller", ...place("10.0.0.2") }).start();
  const client = caller.clientOf(ProtoClient);
  expect(await client.hello({ name: "Ada" })).toEqual({ greeting: "Hello Ada" });
  const numbers: bigint[] = [];
  for await (const { n } of client.count({ from: 3n })) numbers.push(n);
  expect(numbers).toEqual([3n, 2n, 1n]);
  expect(types).toEqual(["unary", "server-stream"]);
  expect(server.address).toMatch(/:\d+$/);
});

test("message classes print the .proto that others need", () => {
  const text = protoText({
    package: "coded",
    messages: [messageType(CodedRequest), messageType(CodedReply)],
  });
  expect(text).toContain("message CodedRequest {\n  string name = 1;\n}");
  expect(parseProto(text).message("CodedReply").fields).toHaveLength(1);
});
