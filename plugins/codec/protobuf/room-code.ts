import { requireObject, tagWidth, whenPresent, type FieldCode } from "./field-code.js";

function roomLines(field: FieldCode): string[] {
  const { value, key, number } = field;
  const tag = tagWidth(number);
  if (key)
    return [
      "keys = mapKeys(v);",
      `room += keys.length * ${tag + 5 + 2 + (key.fixedRoom ?? 0)};`,
      "for (const key of keys) {",
      ...(key.fixedRoom === undefined ? [`room += ${key.room("key")};`] : []),
      `room += ${value.room("v[key]")};`,
      "}",
    ];
  if (field.rule !== "repeated") return [`room += ${value.room("v")};`];
  const list = "if (!isArray(v)) unfit();";
  if (field.packed) return [list, `room += v.length * ${value.fixedRoom ?? 0};`];
  return [
    list,
    `room += v.length * ${tag};`,
    `for (let i = 0; i < v.length; i++) room += ${value.room("v[i]")};`,
  ];
}

/**
 * The body of `room(value, depth)`: bytes that the message takes at most. Numbers are counted with
 * their longest spelling, whether there or not, and looked at by `write`.
 */
export function roomCode(fields: readonly FieldCode[]): string[] {
  let constant = 0;
  const lines: string[] = [];
  for (const field of fields) {
    const repeated = field.rule === "repeated" || field.rule === "map";
    if (!repeated || field.packed) constant += tagWidth(field.number) + (field.packed ? 5 : 0);
    if (!repeated && field.value.fixedRoom !== undefined) constant += field.value.fixedRoom;
    else lines.push(...whenPresent(field, roomLines(field)));
  }
  return [requireObject, `let v, keys, room = ${constant};`, ...lines, "return room;"];
}
