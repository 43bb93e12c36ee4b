import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import ts from "typescript";
import * as engine from "../../../src/index.js";
import type { ServiceContract } from "../../../src/index.js";
import { errorLike } from "../../../test/support/error-like.js";
import { main } from "./generate.js";
import { generateContract, parseProto } from "./index.js";

const text = `syntax = "proto3";
package greeter.v1;
import "google/protobuf/timestamp.proto";
service Greeter {
  rpc Hello(HelloRequest) returns (HelloReply) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc say_bye(HelloRequest) returns (HelloReply);
  rpc Countdown(HelloRequest) returns (stream HelloReply.Tick);
  rpc Collect(stream HelloRequest) returns (HelloReply);
  rpc Chat(stream HelloRequest) returns (stream HelloReply);
}
message HelloRequest {
  string first_name = 1;
  optional int64 age = 2;
  oneof contact { string mail = 3; bytes key = 4; }
  Mood mood = 5;
  map<uint64, HelloReply> replies = 6;
  HelloRequest parent = 7;
}
message HelloReply {
  string greeting = 1;
  repeated Tick ticks = 2;
  google.protobuf.Timestamp at = 3;
  message Tick { uint32 n = 1; }
}
message Promise { double kept = 1; }
message Context { bool polite = 1; }
enum Mood { CALM = 0; LOUD = 1; }
`;
const proto = parseProto(text);
const generated = generateContract(proto, { source: "greeter.proto" });

const use = `
import type { ServiceContract } from "plugboard";
import { greeterContract, type Greeter, type HelloRequest } from "./greeter.contract.js";

const request: HelloRequest = { firstName: "Zoë", mood: "LOUD", replies: {} };
export const contract: ServiceContract<Greeter> = greeterContract;
export async function call(greeter: Greeter, requests: AsyncIterable<HelloRequest>): Promise<void> {
  const reply = await greeter.hello(request);
  const text: string = reply.greeting + (await greeter.sayBye(request)).greeting;
  const at: bigint | undefined = reply.at?.seconds;
  for await (const tick of greeter.countdown(request)) tick.n.toFixed();
  const ticks: number[] = (await greeter.collect(requests)).ticks.map(({ n }) => n);
  for await (const { greeting } of greeter.chat(requests)) greeting.trim();
  void [text, at, ticks, request.age satisfies bigint | undefined, request.key satisfies Uint8Array | undefined];
  // @ts-expect-error: it is a number's name or a number
  const wrong: HelloRequest = { firstName: "", mood: "ANGRY", replies: {} };
  // @ts-expect-error: fields are checked
  await greeter.hello({ firstName: 1 });
  void wrong;
}
`;

/** Compiles files that live in memory, strictly; the errors, as text. */
function compile(files: Readonly<Record<string, string>>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    isolatedModules: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  const inMemory = (path: string) => files[path.slice(path.lastIndexOf("/") + 1)];
  host.fileExists = (path) => inMemory(path) !== undefined || fileExists(path);
  host.readFile = (path) => inMemory(path) ?? readFile(path);
  host.getSourceFile = (path, version) => {
    const source = path.includes("node_modules") ? undefined : inMemory(path);
    return source === undefined
      ? getSourceFile(path, version)
      : ts.createSourceFile(path, source, version);
  };
  const program = ts.createProgram(Object.keys(files), options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

const stub = `
declare module "plugboard" {
  export interface MessageType { readonly name: string }
  export interface EndpointShape {
    readonly endpoint: string; readonly path?: string; readonly input?: MessageType; readonly output?: MessageType;
    readonly requestStream?: boolean; readonly replyStream?: boolean; readonly idempotent?: boolean;
  }
  export interface ServiceContract<S> {
    readonly service: string;
    readonly endpoints: Readonly<Record<string, EndpointShape>>;
    readonly __type?: S;
  }
  export function contract<S>(
    service: string, endpoints: Readonly<Record<string, EndpointShape>>,
  ): ServiceContract<S>;
  export function messageTypes<Names extends string>(
    literal: { readonly enums?: object; readonly messages: Readonly<Record<Names, readonly object[]>> },
  ): Readonly<Record<Names, MessageType>>;
}
`;

/** Runs generated code against the engine's door. */
function load(source: string): Record<string, unknown> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the code under test is text
  const run = new Function("exports", "require", outputText) as (...parts: unknown[]) => void;
  run(exports, (name: string) => {
    expect(name).toBe("plugboard");
    return engine;
  });
  return exports;
}

describe("the generated contract", () => {
  test("compiles strictly and types what is called", () => {
    const files = { "plugboard.d.ts": stub, "greeter.contract.ts": generated, "use.ts": use };
    expect(compile(files)).toEqual([]);
  }, 60_000);

  test("holds the message types of the file, circles and all", () => {
    const { types } = load(generated) as { types: Record<string, unknown> };
    for (const message of proto.messages) expect(types[message.name]).toEqual(message);
    expect(types["google.protobuf.Timestamp"]).toEqual(proto.message("google.protobuf.Timestamp"));
  });

  test("holds the endpoints under go-micro's names", () => {
    const { greeterContract, types } = load(generated) as {
      greeterContract: ServiceContract<unknown>;
      types: Record<string, engine.MessageType>;
    };
    const input = types["greeter.v1.HelloRequest"]!;
    const output = types["greeter.v1.HelloReply"]!;
    const path = "/greeter.v1.Greeter";
    expect(greeterContract).toEqual({
      service: "greeter",
      endpoints: {
        hello: {
          endpoint: "Greeter.Hello",
          path: `${path}/Hello`,
          input,
          output,
          idempotent: true,
        },
        sayBye: { endpoint: "Greeter.SayBye", path: `${path}/say_bye`, input, output },
        countdown: {
          endpoint: "Greeter.Countdown",
          path: `${path}/Countdown`,
          input,
          output: types["greeter.v1.HelloReply.Tick"],
          replyStream: true,
        },
        collect: {
          endpoint: "Greeter.Collect",
          path: `${path}/Collect`,
          input,
          output,
          requestStream: true,
        },
        chat: {
          endpoint: "Greeter.Chat",
          path: `${path}/Chat`,
          input,
          output,
          requestStream: true,
          replyStream: true,
        },
      },
    });
  });

  test("is the same text for the same file, and says where it came from", () => {
    expect(generateContract(parseProto(text), { source: "greeter.proto" })).toBe(generated);
    expect(generated.split("\n")[0]).toBe(
      '// Generated from "greeter.proto". Change that, then generate again.',
    );
  });

  test("of a file without a service needs no contract", () => {
    const messages = generateContract(parseProto('syntax = "proto3"; message A { A a = 1; }'));
    expect(compile({ "plugboard.d.ts": stub, "a.ts": messages })).toEqual([]);
    expect(messages).not.toContain("contract");
  }, 60_000);

  test.each(["then", "toJSON", "Constructor"])("has no method %s", (name) => {
    const bad = `syntax = "proto3"; message A {} service S { rpc ${name}(A) returns (A); }`;
    expect(() => generateContract(parseProto(bad))).toThrow(
      errorLike({ reason: "proto.unsupported" }),
    );
  });
});

describe("the generator's command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "generate-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "greeter.proto");
  writeFileSync(path, text);

  const run = (...args: string[]) => {
    const written = { out: "", error: "" };
    const code = main(args, {
      out: (part) => (written.out += part),
      error: (part) => (written.error += part),
    });
    return { code, ...written };
  };

  test("prints the contract, or writes it to a file", () => {
    expect(run(path)).toEqual({ code: 0, out: generated, error: "" });
    const output = join(folder, "greeter.contract.ts");
    expect(run(path, "--service", "go.micro.srv.greeter", "-o", output)).toEqual({
      code: 0,
      out: "",
      error: "",
    });
    expect(readFileSync(output, "utf8")).toContain('contract<Greeter>("go.micro.srv.greeter", {');
  });

  test("explains itself", () => {
    expect(run("--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("Usage: generate"),
    });
    for (const args of [[], ["a.proto", "b.proto"], ["--no-such-option"]])
      expect(run(...args)).toMatchObject({ code: 2, error: expect.stringContaining("Usage") });
    const missing = join(folder, "none.proto");
    expect(run(missing)).toEqual({ code: 1, out: "", error: `cannot read ${missing}\n` });
    expect(run(path, "-o", join(folder, "no", "such", "folder"))).toMatchObject({ code: 1 });
  });
});
