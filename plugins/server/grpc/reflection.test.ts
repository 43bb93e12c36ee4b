import { status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "@jest/globals";
import protobuf from "protobufjs";
import { FileDescriptorProto, type IFileDescriptorProto } from "protobufjs/ext/descriptor";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { GrpcTools } from "../../../test/support/grpc-tools.js";
import { messageTypes, type HandlerDefinition } from "../../../src/spi.js";

const types = messageTypes({
  enums: {
    "shop.v1.Colour": { RED: 1, NONE: 0, CRIMSON: 1 },
    "shop.v1.Order.State": { OPEN: 0, SENT: 3 },
  },
  messages: {
    "shop.v1.Order": [
      { name: "id", number: 1, type: "string" },
      { name: "lines", number: 2, type: "shop.v1.Order.Line", rule: "repeated" },
      { name: "state", number: 3, type: "shop.v1.Order.State" },
      { name: "priceByItem", number: 4, type: "money.v1.Money", rule: "map", mapKey: "string" },
      { name: "card", number: 5, type: "string", oneof: "payment" },
      { name: "cash", number: 6, type: "bool", oneof: "payment" },
      { name: "note", number: 7, type: "string", rule: "optional" },
      { name: "parent", number: 8, type: "shop.v1.Order" },
      { name: "at", number: 9, type: "google.protobuf.Timestamp" },
      { name: "colours", number: 10, type: "shop.v1.Colour", rule: "repeated" },
    ],
    "shop.v1.Order.Line": [{ name: "item", number: 1, type: "string" }],
    "money.v1.Money": [
      { name: "units", number: 1, type: "sint64" },
      { name: "nanos", number: 2, type: "sfixed32" },
    ],
    "google.protobuf.Timestamp": [
      { name: "seconds", number: 1, type: "int64" },
      { name: "nanos", number: 2, type: "int32" },
    ],
    "google.protobuf.Empty": [],
    Bare: [{ name: "text", number: 1, type: "string" }],
  },
});
const Order = types["shop.v1.Order"];
const nothing = types["google.protobuf.Empty"];
const handle = async (): Promise<object> => ({});

const handlers: Omit<HandlerDefinition, "service">[] = [
  { endpoint: "Shop.Buy", input: Order, output: nothing, handle, idempotent: true },
  { endpoint: "Shop.List", input: nothing, output: Order, replyStream: true, handle },
  {
    endpoint: "Shop.Talk",
    input: Order,
    output: Order,
    requestStream: true,
    replyStream: true,
    handle,
  },
  { endpoint: "Shop.Loose", handle },
  { endpoint: "Shop.Clear", input: nothing, output: nothing, handle },
  { endpoint: "Shop.Price", input: types["money.v1.Money"], output: nothing, handle },
  { endpoint: "Till.open", path: "/till.v2.Till/OpenIt", input: nothing, output: nothing, handle },
  { endpoint: "Naked.Say", input: types.Bare, output: types.Bare, handle },
];

let app: GrpcApp | undefined;
let tools: GrpcTools | undefined;

afterEach(async () => {
  tools?.close();
  await app?.stop();
});

const start = async (server = {}): Promise<GrpcTools> => {
  app = await grpcApp({ handlers, server });
  return (tools = new GrpcTools(app.server.address));
};

interface Answer {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly allExtensionNumbersResponse?: unknown;
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

const ask = async (version: "v1" | "v1alpha", ...questions: readonly object[]): Promise<Answer[]> =>
  await tools!.reflect(version, ...questions);

const filesOf = ({ fileDescriptorResponse }: Answer): IFileDescriptorProto[] =>
  fileDescriptorResponse!.fileDescriptorProto.map(
    (bytes) => FileDescriptorProto.decode(bytes) as IFileDescriptorProto,
  );

test.each(["v1", "v1alpha"] as const)("%s lists the services that have types", async (version) => {
  await start();
  const [answer] = await ask(version, { listServices: "" });
  expect(answer!.listServicesResponse!.service.map(({ name }) => name)).toEqual([
    "Naked",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "shop.v1.Shop",
    "till.v2.Till",
  ]);
});

test("a symbol brings its file and all that it imports, once", async () => {
  await start();
  const [first, again] = await ask(
    "v1",
    { fileContainingSymbol: "shop.v1.Shop" },
    { fileContainingSymbol: "shop.v1.Order.Line" },
  );
  const files = filesOf(first!);
  expect(files.map(({ name }) => name).sort()).toEqual([
    "google/protobuf/empty.proto",
    "google/protobuf/timestamp.proto",
    "money/v1.proto",
    "shop/v1.proto",
  ]);
  expect(files[0]).toMatchObject({
    name: "shop/v1.proto",
    package: "shop.v1",
    syntax: "proto3",
    dependency: [
      "google/protobuf/empty.proto",
      "google/protobuf/timestamp.proto",
      "money/v1.proto",
    ],
  });
  expect(filesOf(again!).map(({ name }) => name)).toEqual(["shop/v1.proto"]);
});

test("the description is whole: another library reads by it what our codec writes", async () => {
  await start();
  const [answer] = await ask("v1", { fileContainingSymbol: "shop.v1.Shop.Buy" });
  const files = filesOf(answer!);
  const root = (protobuf.Root as unknown as { fromDescriptor(set: object): protobuf.Root })
    .fromDescriptor({ file: files })
    .resolveAll();
  const shop = root.lookupService("shop.v1.Shop");
  expect(
    shop.methodsArray.map(({ name, resolvedRequestType, resolvedResponseType, ...method }) => [
      name,
      resolvedRequestType?.fullName,
      resolvedResponseType?.fullName,
      method.requestStream ?? false,
      method.responseStream ?? false,
    ]),
  ).toEqual([
    ["Buy", ".shop.v1.Order", ".google.protobuf.Empty", false, false],
    ["List", ".google.protobuf.Empty", ".shop.v1.Order", false, true],
    ["Talk", ".shop.v1.Order", ".shop.v1.Order", true, true],
    ["Clear", ".google.protobuf.Empty", ".google.protobuf.Empty", false, false],
    ["Price", ".money.v1.Money", ".google.protobuf.Empty", false, false],
  ]);
  const order = {
    id: "7",
    lines: [{ item: "chair" }],
    state: "SENT",
    priceByItem: { chair: { units: -5, nanos: 1 } },
    cash: true,
    note: "",
    parent: { id: "6", card: "1234" },
    at: { seconds: 5 },
    colours: ["NONE"],
  };
  const bytes = app!.codecs.get("application/protobuf").write({}, "request", order, Order);
  const type = root.lookupType("shop.v1.Order");
  expect(type.toObject(type.decode(bytes), { enums: String, longs: Number })).toEqual(order);
  expect(type.fields["note"]!.partOf?.name).toBe("_note");
  expect(type.fields["cash"]!.partOf?.name).toBe("payment");
  expect(root.lookupEnum("shop.v1.Colour").values).toEqual({ NONE: 0, RED: 1, CRIMSON: 1 });
});

test("types are named in full", async () => {
  await start();
  const [answer] = await ask("v1", { fileByFilename: "shop/v1.proto" });
  const [file] = filesOf(answer!);
  const named = file!.messageType!.flatMap(({ field }) =>
    field!.flatMap((each) => each.typeName || []),
  );
  expect(named).not.toHaveLength(0);
  expect(named.filter((name) => !name.startsWith("."))).toEqual([]);
  const [buy] = file!.service![0]!.method!;
  expect([buy!.inputType, buy!.outputType]).toEqual([".shop.v1.Order", ".google.protobuf.Empty"]);
});

test.each([
  ["a method", { fileContainingSymbol: "till.v2.Till.OpenIt" }, "till/v2.proto"],
  ["an enum", { fileContainingSymbol: "shop.v1.Order.State" }, "shop/v1.proto"],
  ["a service without a package", { fileContainingSymbol: "Naked" }, "no_package.proto"],
  ["its own health", { fileContainingSymbol: "grpc.health.v1.Health" }, "grpc/health/v1.proto"],
  [
    "itself",
    { fileContainingSymbol: "grpc.reflection.v1.ServerReflection" },
    "grpc/reflection/v1.proto",
  ],
  ["a file", { fileByFilename: "money/v1.proto" }, "money/v1.proto"],
])("%s is found", async (_name, question, file) => {
  await start();
  const [answer] = await ask("v1", question);
  expect(filesOf(answer!)[0]!.name).toBe(file);
});

test("what is not there is said, and the talk goes on", async () => {
  await start();
  const answers = await ask(
    "v1",
    { fileContainingSymbol: "shop.v1.Nobody" },
    { fileByFilename: "nothing.proto" },
    { fileContainingExtension: { containingType: "shop.v1.Order", extensionNumber: 100 } },
    { allExtensionNumbersOfType: "shop.v1.Nobody" },
    { host: "here" },
    { allExtensionNumbersOfType: "shop.v1.Order" },
  );
  expect(answers.map(({ errorResponse }) => errorResponse?.errorCode)).toEqual([
    ...Array.from({ length: 4 }, () => status.NOT_FOUND),
    status.INVALID_ARGUMENT,
    undefined,
  ]);
  expect(answers[0]!.errorResponse!.errorMessage).toContain("shop.v1.Nobody");
  expect(answers[5]!.allExtensionNumbersResponse).toEqual({ baseTypeName: "shop.v1.Order" });
  expect(answers[4]).toMatchObject({ validHost: "here", originalRequest: { host: "here" } });
});

test("it can be turned off", async () => {
  await start({ reflection: false });
  await expect(ask("v1", { listServices: "" })).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  });
});
