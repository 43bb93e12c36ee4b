import type { EnumType, MessageField, MessageType } from "../../../src/spi.js";

function fieldLiteral(field: MessageField): string {
  const { type, rule } = field;
  const reference =
    type.kind === "scalar" ? type.scalar : type.kind === "enum" ? type.enum.name : type.type.name;
  const members = {
    name: field.name,
    protoName: field.protoName,
    number: field.number,
    type: reference,
    ...(rule !== "one" && { rule }),
    ...(field.mapKey !== undefined && { mapKey: field.mapKey }),
    ...(field.oneof !== undefined && { oneof: field.oneof }),
  };
  const pairs = Object.entries(members).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `      { ${pairs.join(", ")} },`;
}

/** A member whose name is data: `["__proto__"]` sets no prototype. */
const member = (name: string): string => `[${JSON.stringify(name)}]`;

/** The constant `types`: the message types as a literal for `messageTypes`. */
export function literalLines(messages: readonly MessageType[]): string[] {
  const enums = new Map<string, EnumType>();
  for (const { fields } of messages)
    for (const { type } of fields) if (type.kind === "enum") enums.set(type.enum.name, type.enum);
  const enumLines = [...enums.values()].map(({ name, values }) => {
    const pairs = Object.entries(values).map(([value, number]) => `${member(value)}: ${number}`);
    return `    ${JSON.stringify(name)}: { ${pairs.join(", ")} },`;
  });
  return [
    "/** What the codecs need to know of the messages, by full name. */",
    "export const types = messageTypes({",
    ...(enumLines.length > 0 ? ["  enums: {", ...enumLines, "  },"] : []),
    "  messages: {",
    ...messages.flatMap(({ name, fields }) =>
      fields.length === 0
        ? [`    ${JSON.stringify(name)}: [],`]
        : [`    ${JSON.stringify(name)}: [`, ...fields.map(fieldLiteral), "    ],"],
    ),
    "  },",
    "});",
  ];
}
