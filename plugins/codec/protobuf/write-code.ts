import { requireObject, tagOf, whenPresent, writeTag, type FieldCode } from "./field-code.js";

/** Statements that write what `lines` write with its length before it. `name` keeps them apart. */
const block = (name: string, hint: string, lines: readonly string[]): string[] => [
  `const ${name} = at, ${name}Width = ${hint};`,
  `at += ${name}Width;`,
  ...lines,
  `size = at - ${name} - ${name}Width;`,
  `if (${name}Width === 1 && size < 128) buffer[${name}] = size;`,
  `else { ${hint} = widthOf(size); at = seal(buffer, ${name}, ${name}Width, at); }`,
];

function listLines({ index, value, number, packed }: FieldCode): string[] {
  const each = (lines: readonly string[]): string[] => [
    "for (let i = 0; i < v.length; i++) {",
    "let x = v[i];",
    value.fit("x"),
    ...lines,
    value.write("x"),
    "}",
  ];
  return [
    "if (!isArray(v)) unfit();",
    ...(packed
      ? [
          "if (v.length !== 0) {",
          writeTag(number, 2),
          ...block("list", `width${index}`, each([])),
          "}",
        ]
      : each([writeTag(number, value.wire)])),
  ];
}

function mapLines({ index, value, key, spelled, number }: FieldCode): string[] {
  if (!key) return [];
  return [
    ...(spelled ? [`v = uniqueKeys(v, key${index});`] : []),
    "for (const name of mapKeys(v)) {",
    `let k = key${index}(name), x = v[name];`,
    value.fit("x"),
    writeTag(number, 2),
    ...block("entry", `entryWidth${index}`, [
      `buffer[at++] = ${tagOf(1, key.wire)};`,
      key.write("k"),
      `buffer[at++] = ${tagOf(2, value.wire)};`,
      value.write("x"),
    ]),
    "}",
  ];
}

function fieldLines(field: FieldCode, oneofs: readonly string[]): string[] {
  const { value, rule, oneof, number, absent } = field;
  if (rule === "repeated") return listLines(field);
  if (rule === "map") return mapLines(field);
  const chosen = oneof === undefined ? "" : `chosen${oneofs.indexOf(oneof)}`;
  const write = [writeTag(number, value.wire), value.write("v")];
  return [
    ...(chosen ? [`if (${chosen}) unfit();`, `${chosen} = true;`] : []),
    value.fit("v"),
    ...(absent ? write : [`if (${value.filled("v")}) {`, ...write, "}"]),
  ];
}

/** The body of `write(value, buffer, at, depth)`: fields by number, as protobuf's writers do. */
export function writeCode(fields: readonly FieldCode[]): string[] {
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const sorted = [...fields].sort((left, right) => left.number - right.number);
  return [
    requireObject,
    "let v, size, start, width;",
    ...oneofs.map((_, index) => `let chosen${index} = false;`),
    ...sorted.flatMap((field) => whenPresent(field, fieldLines(field, oneofs))),
    "return at;",
  ];
}
