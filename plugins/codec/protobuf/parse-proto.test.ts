import { describe, expect, test } from "@jest/globals";
import { errorLike } from "../../../test/support/error-like.js";
import { parseProto } from "./index.js";

const text = `// A comment, then the syntax.
/* and another */ syntax = 'proto3';
package shop.v1;
import "google/protobuf/timestamp.proto";
option go_package = "x";

service Shop {
  rpc Place (Order) returns (Receipt) { option idempotency_level = IDEMPOTENT; }
  rpc Look (Order) returns (stream Receipt) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Send (stream Order) returns (Receipt);
  rpc Talk (stream .shop.v1.Order) returns (stream v1.Receipt);
}

message Order {
  uint64 order_id = 1;
  repeated Line lines = 2;
  map<int32, Color> colors = 3;
  optional string note = 4;
  oneof payment { string card = 5; bool cash = 6; }
  google.protobuf.Timestamp placed_at = 7;
  string odd = 8 [json_name = "Even"];
  Order parent = 9;
  Label label = 10;
  message Line { Label label = 1; message Label {} }
}
message Label { string text = 1; }
enum Color { UNKNOWN = 0; RED = 1; }
message Receipt {}
`;

describe("a proto3 text", () => {
  const proto = parseProto(text);

  test("gives its messages, in order, nested ones too", () => {
    expect(proto.package).toBe("shop.v1");
    expect(proto.messages.map(({ name }) => name)).toEqual([
      "shop.v1.Order",
      "shop.v1.Order.Line",
      "shop.v1.Order.Line.Label",
      "shop.v1.Label",
      "shop.v1.Receipt",
    ]);
    expect(proto.message("Order")).toBe(proto.messages[0]);
    expect(proto.message("shop.v1.Order")).toBe(proto.messages[0]);
    expect(proto.message("google.protobuf.Timestamp").fields.map(({ name }) => name)).toEqual([
      "seconds",
      "nanos",
    ]);
  });

  test("gives fields with their rules, names and types", () => {
    const fields = Object.fromEntries(proto.message("Order").fields.map((f) => [f.name, f]));
    expect(fields["orderId"]).toEqual({
      name: "orderId",
      protoName: "order_id",
      number: 1,
      rule: "one",
      type: { kind: "scalar", scalar: "uint64" },
    });
    expect(fields["lines"]).toMatchObject({ rule: "repeated", type: { kind: "message" } });
    expect(fields["colors"]).toMatchObject({
      rule: "map",
      mapKey: "int32",
      type: { kind: "enum", enum: { name: "shop.v1.Color", values: { UNKNOWN: 0, RED: 1 } } },
    });
    expect(fields["note"]).toMatchObject({ rule: "optional" });
    expect(fields["note"]).not.toHaveProperty("oneof");
    expect(fields["card"]).toMatchObject({ rule: "one", oneof: "payment" });
    expect(fields["Even"]).toMatchObject({ protoName: "odd" });
    expect(fields["parent"]?.type).toEqual({ kind: "message", type: proto.message("Order") });
  });

  test("finds names in the innermost scope around and in no other", () => {
    const nameOf = (message: string) => {
      const kind = proto.message(message).fields.find(({ name }) => name === "label")?.type;
      return kind?.kind === "message" ? kind.type.name : undefined;
    };
    expect(nameOf("Order")).toBe("shop.v1.Label");
    expect(nameOf("Order.Line")).toBe("shop.v1.Order.Line.Label");
  });

  test("gives its services", () => {
    const [input, output] = [proto.message("Order"), proto.message("Receipt")];
    const method = { input, output, clientStream: false, serverStream: false, idempotent: false };
    expect(proto.services).toEqual([
      {
        name: "Shop",
        fullName: "shop.v1.Shop",
        methods: [
          { ...method, name: "Place", idempotent: true },
          { ...method, name: "Look", idempotent: true, serverStream: true },
          { ...method, name: "Send", clientStream: true },
          { ...method, name: "Talk", clientStream: true, serverStream: true },
        ],
      },
    ]);
    expect(proto.service("Shop")).toBe(proto.services[0]);
    expect(proto.service("shop.v1.Shop")).toBe(proto.services[0]);
  });

  test("says what there is when a name is unknown", () => {
    const reason = "proto.unknown-name";
    const messages = errorLike({ reason, message: expect.stringContaining("shop.v1.Receipt") });
    expect(() => proto.message("Nothing")).toThrow(messages);
    const services = errorLike({ reason, message: "no service Nothing; there are: Shop" });
    expect(() => proto.service("Nothing")).toThrow(services);
  });
});

const head = 'syntax = "proto3";';
test.each([
  ["no syntax, which means proto2", "message A {}", "proto.unsupported"],
  ["proto2", 'syntax = "proto2"; message A {}', "proto.unsupported"],
  ["an edition", 'edition = "2023"; message A {}', "proto.unsupported"],
  ["a syntax in a comment", '// syntax = "proto3";\nmessage A {}', "proto.unsupported"],
  ["extension ranges", `${head} message A { extensions 100 to 200; }`, "proto.unsupported"],
  ["an extension", `${head} message A {} extend A { string b = 100; }`, "proto.unsupported"],
  ["__proto__", `${head} message A { string __proto__ = 1; }`, "proto.unsupported"],
  [
    "one JSON name twice",
    `${head} message A { string a_b = 1; string aB = 2; }`,
    "proto.unsupported",
  ],
  ["text that is no .proto", `${head} message {`, "proto.syntax"],
  ["a required field", `${head} message A { required string b = 1; }`, "proto.syntax"],
  ["a group", `${head} message A { repeated group B = 1 { string c = 2; } }`, "proto."],
  ["a number used twice", `${head} message A { string b = 1; string c = 1; }`, "proto.syntax"],
  ["an unknown type", `${head} message A { B b = 1; }`, "proto.unknown-name"],
  ["an unknown request", `${head} service S { rpc A(B) returns (B); }`, "proto.unknown-name"],
  ["an import", `${head} import "other.proto";`, "proto.import"],
])("%s is refused", (_, refused, reason) => {
  const error = errorLike({ name: "ProtoError", reason: expect.stringContaining(reason) });
  expect(() => parseProto(refused)).toThrow(error);
});

test("annotations by extended options are not in the way", () => {
  const annotated = `${head} import "google/protobuf/descriptor.proto";
    extend google.protobuf.FieldOptions { string unit = 50000; }
    message A { int32 b = 1 [(unit) = "ms"]; }`;
  expect(parseProto(annotated).message("A").fields).toHaveLength(1);
});
