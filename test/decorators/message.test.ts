import { describe, expect, test } from "@jest/globals";
import { Field, type FieldOptions, type FieldType } from "../../decorators/field.js";
import { Message, messageType } from "../../decorators/message.js";
import { jsonCodec } from "../../plugins/codec/json/index.js";
import { protobufCodec } from "../../plugins/codec/protobuf/index.js";
import { protoText, type MessageType } from "../../src/spi.js";
import { virtualWorld } from "../support/virtual-environment.js";

enum Color {
  UNKNOWN,
  RED,
}

@Message({ package: "shop" })
class Item {
  @Field(1) sku!: string;
  @Field(2, "uint32") count = 5;
}

@Message({ package: "shop", name: "Basket" })
class Cart {
  @Field(1) owner!: string;
  @Field(2) price!: number;
  @Field(3) paid!: boolean;
  @Field(4) total!: bigint;
  @Field(5) photo!: Uint8Array;
  @Field(6) first?: Item;
  @Field(7, [Item]) items!: Item[];
  @Field(8, ["string"]) tags!: string[];
  @Field(9, { map: ["string", Item] }) byName!: Record<string, Item>;
  @Field(10, { enum: Color }) color!: keyof typeof Color;
  @Field(11, "string", { oneof: "payment" }) card?: string;
  @Field(12, "bool", { oneof: "payment" }) cash?: boolean;
  @Field(13, { optional: true }) noteText?: string;
  @Field(14, () => Cart) parent?: unknown;
  @Field(15, { map: ["int32", { enum: Color }] }) shades!: Record<string, string>;
  @Field(16, { enum: Color, repeated: true }) tints!: string[];
  @Field(17, { protoName: "old_name" }) newName!: string;
}

const cartProto = `syntax = "proto3";

package shop;

message Basket {
  string owner = 1;
  double price = 2;
  bool paid = 3;
  int64 total = 4;
  bytes photo = 5;
  Item first = 6;
  repeated Item items = 7;
  repeated string tags = 8;
  map<string, Item> by_name = 9;
  Color color = 10;
  oneof payment {
    string card = 11;
    bool cash = 12;
  }
  optional string note_text = 13;
  Basket parent = 14;
  map<int32, Color> shades = 15;
  repeated Color tints = 16;
  string old_name = 17 [json_name = "newName"];

  enum Color {
    UNKNOWN = 0;
    RED = 1;
  }
}

message Item {
  string sku = 1;
  uint32 count = 2;
}
`;

test("a class is a message, told as a .proto", () => {
  expect(protoText({ package: "shop", messages: [messageType(Cart)] })).toBe(cartProto);
  expect(messageType(Cart)).toBe(messageType(Cart));
});

test("its values arrive as instances, with zeros and not the class's defaults", async () => {
  const cart = new Cart();
  Object.assign(cart, { owner: "Zoë", total: 7n, color: "RED", cash: false, items: [new Item()] });
  Object.assign(cart, { parent: { owner: "up" }, byName: { a: { sku: "A" } }, tints: [Color.RED] });
  for (const plugin of [protobufCodec(), jsonCodec()]) {
    const codec = await plugin.create(virtualWorld().environment());
    const bytes = codec.write({}, "request", cart, messageType(Cart));
    const read = codec.readBody(bytes, "request", messageType(Cart)) as Cart;
    expect(read).toBeInstanceOf(Cart);
    expect(read.items).toEqual([expect.any(Item)]);
    expect(read.items[0]!.count).toBe(5);
    expect(read.byName["a"]).toEqual(Object.assign(new Item(), { sku: "A", count: 0 }));
    expect(read.parent).toBeInstanceOf(Cart);
    expect(read).toMatchObject({
      owner: "Zoë",
      total: 7n,
      color: "RED",
      cash: false,
      tints: ["RED"],
    });
    expect([read.card, read.noteText, read.first, read.price]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
  }
});

test("a subclass has its parent's fields and its own", () => {
  @Message()
  class Special extends Item {
    @Field(3) reason!: string;
  }
  expect(messageType(Special).fields.map(({ name }) => name)).toEqual(["sku", "count", "reason"]);
  expect(messageType(Item).fields).toHaveLength(2);
});

describe("what makes no sense is refused", () => {
  const fieldsOf = (Class: new () => object) => {
    const type: MessageType = messageType(Class);
    return type.fields;
  };
  const message = (decorate: (prototype: object) => void): new () => object => {
    class Bad {}
    decorate(Bad.prototype);
    Message()(Bad);
    return Bad;
  };
  const field =
    (
      property: string | symbol,
      ...field: readonly [number, (FieldType | FieldOptions)?, FieldOptions?]
    ) =>
    (target: object) =>
      (Field as (...field: readonly unknown[]) => PropertyDecorator)(...field)(target, property);

  class Address {}

  test("a class without @Message", () => {
    expect(() => messageType(Address)).toThrow("Address has no @Message()");
    class Special extends Item {}
    expect(() => messageType(Special)).toThrow("Special has no @Message()");
    expect(() => fieldsOf(message(field("to", 1, Address)))).toThrow("Address has no @Message()");
  });

  test.each([0, -1, 1.5, 536_870_912, Number.NaN])("number %p", (number) => {
    expect(() => fieldsOf(message(field("a", number, "string")))).toThrow("from 1 to 536870911");
  });

  test.each([19_000, 19_999])("number %p", (number) => {
    expect(() => fieldsOf(message(field("a", number, "string")))).toThrow("protobuf's own");
  });

  test("a number or a name given twice", () => {
    const twice = message((target) => {
      field("a", 1, "string")(target);
      field("b", 1, "string")(target);
    });
    expect(() => fieldsOf(twice)).toThrow("Bad.b has the number 1 of Bad.a");
    const named = message((target) => {
      field("aB", 1, "string")(target);
      field("a_b", 2, "string")(target);
    });
    expect(() => fieldsOf(named)).toThrow("Bad.a_b has the name of Bad.aB");
  });

  test("types that cannot be inferred", () => {
    expect(() => fieldsOf(message(field("a", 1)))).toThrow(
      "Bad.a: the compiler noted no type; say it",
    );
    @Message()
    class Vague {
      @Field(1) list!: string[];
    }
    expect(() => fieldsOf(Vague)).toThrow("Vague.list: Array says too little; say it");
  });

  test("names, keys, enums and mixtures that protobuf does not have", () => {
    expect(() => fieldsOf(message(field("ä", 1, "string")))).toThrow(
      "no name that protobuf can have",
    );
    expect(() => fieldsOf(message(field("a", 1, { map: ["double", "string"] })))).toThrow(
      "cannot be double",
    );
    expect(() => fieldsOf(message(field("a", 1, { enum: { ONE: 1 } })))).toThrow("with number 0");
    const twoEnums = message((target) => {
      field("a", 1, { enum: { ZERO: 0 } })(target);
      field("b", 2, { enum: { ZERO: 0 }, enumName: "Other" })(target);
    });
    expect(() => fieldsOf(twoEnums)).toThrow("Bad.b: Bad.A has a value ZERO already");
    expect(() => fieldsOf(message(field("a", 1, ["string"], { optional: true })))).toThrow(
      "Bad.a cannot be repeated and optional at once",
    );
    expect(() => message(field(Symbol("s"), 1, "string"))).toThrow("property of instances");
    expect(() => Message({ name: "1st" })(Address)).toThrow('"1st" is no name');
  });
});
