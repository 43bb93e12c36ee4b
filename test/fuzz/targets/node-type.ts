import type { MessageField, MessageType, ScalarKind } from "../../../src/spi.js";

const scalar = (kind: ScalarKind) => ({ kind: "scalar", scalar: kind }) as const;
const field = (
  name: string,
  number: number,
  type: MessageField["type"],
  more: Partial<MessageField> = {},
): MessageField => ({ name, protoName: name, number, rule: "one", type, ...more });

/** A message that holds messages of its own type, and a field of every sort. */
export const Node: MessageType = {
  name: "fuzz.Node",
  get fields(): readonly MessageField[] {
    return fields;
  },
};

const fields: readonly MessageField[] = [
  field("name", 1, scalar("string")),
  field("children", 2, { kind: "message", type: Node }, { rule: "repeated" }),
  field("total", 3, scalar("int64")),
  field("counts", 4, scalar("int32"), { rule: "map", mapKey: "string" }),
  field("kind", 5, {
    kind: "enum",
    enum: { name: "fuzz.Kind", values: { NONE: 0, SMALL: 1, LARGE: 2 } },
  }),
  field("bytes", 6, scalar("bytes"), { rule: "optional" }),
  field("ratio", 7, scalar("double")),
  field("text", 8, scalar("string"), { oneof: "either" }),
  field("number", 9, scalar("sint64"), { oneof: "either" }),
  field("tags", 10, scalar("string"), { rule: "repeated" }),
  field("primes", 11, scalar("uint32"), { rule: "repeated" }),
];
