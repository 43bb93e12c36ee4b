import type { FieldKind, ScalarKind } from "../../../src/spi.js";

/**
 * The code for values of one kind: statements about a variable, with `buffer` and `at` in scope.
 * Names in it are those of `code-tools.ts`, and of the tables of field `index`.
 */
export interface ValueCode {
  readonly wire: 0 | 1 | 2 | 5;
  /** Bytes at most, for kinds that need no look at the value. */
  readonly fixedRoom: number | undefined;
  /** An expression: bytes at most. Throws Unfit. */
  readonly room: (value: string) => string;
  /** Makes the variable what `write` takes, or throws Unfit. */
  readonly fit: (value: string) => string;
  /** A condition: the value, fitted, is not the zero value. */
  readonly filled: (value: string) => string;
  readonly write: (value: string) => string;
  /** Sets the variable from the bytes before `end`. */
  readonly read: (value: string, end: string) => string;
  /** An expression: the value of the absent field. */
  readonly zero: string;
}

const isNot = (type: string) => (value: string) => `if (typeof ${value} !== "${type}") unfit();`;
const notZero = (value: string) => `${value} !== 0`;
const numberSize = (room: number) => ({ fixedRoom: room, room: () => String(room) });
const writeBy = (writer: string) => (value: string) => `at = ${writer}(${value}, buffer, at);`;

/** Reads a number's first byte; `more` reads the whole of longer ones. */
const varint =
  (more: string, first: (value: string) => string = () => "") =>
  (value: string, end: string): string =>
    [
      `if (at >= ${end}) cutShort();`,
      `${value} = buffer[at++];`,
      `if (${value} > 127) { ${value} = ${more.replace("()", `(buffer, at - 1, ${end})`)}; at = cursor.at; }`,
      first(value) && `else ${first(value)}`,
    ].join("\n");

const fixed =
  (bytes: number, expression: string) =>
  (value: string, end: string): string =>
    [
      `if (at + ${bytes} > ${end}) cutShort();`,
      `${value} = ${expression.replace("()", "(buffer, at)")};`,
      `at += ${bytes};`,
    ].join("\n");

/** Reads a length; `use` is what follows when as many bytes are there. */
export const sized =
  (use: (value: string) => string) =>
  (value: string, end: string): string =>
    [
      `if (at >= ${end}) cutShort();`,
      "size = buffer[at++];",
      `if (size > 127) { size = readLength(buffer, at - 1, ${end}); at = cursor.at; }`,
      `if (size > ${end} - at) cutShort();`,
      use(value),
    ].join("\n");

const signed32 = (value: string): string =>
  `if (typeof ${value} !== "number" || (${value} | 0) !== ${value}) ${value} = fitInt32(${value});`;
const unsigned32 = (value: string): string =>
  `if (typeof ${value} !== "number" || ${value} >>> 0 !== ${value}) ${value} = fitUint32(${value});`;
const signed64 = (value: string): string =>
  `if (typeof ${value} !== "bigint" || BigInt.asIntN(64, ${value}) !== ${value}) ${value} = fitInt64(${value});`;
const unsigned64 = (value: string): string =>
  `if (typeof ${value} !== "bigint" || BigInt.asUintN(64, ${value}) !== ${value}) ${value} = fitUint64(${value});`;
const by = (fit: string) => (value: string) => `${value} = ${fit}(${value});`;
const double = (value: string): string =>
  `if (typeof ${value} !== "number") ${value} = fitDouble(${value});`;

const int32 = { ...numberSize(10), fit: signed32, filled: notZero, zero: "0" };
const uint32 = { ...numberSize(5), fit: unsigned32, filled: notZero, zero: "0" };
const int64 = {
  ...numberSize(10),
  filled: (value: string) => `${value} !== 0n && ${value} !== 0`,
  zero: "0n",
};
const real = { filled: (value: string) => `!Object.is(${value}, 0)`, zero: "0" };
const zigzag = (value: string): string => `${value} = (${value} >>> 1) ^ -(${value} & 1);`;
const small = (value: string): string => `${value} = BigInt(${value});`;

const scalars: Readonly<Record<ScalarKind, ValueCode>> = {
  int32: { ...int32, wire: 0, write: writeBy("writeInt32"), read: varint("readVarint() | 0") },
  uint32: { ...uint32, wire: 0, write: writeBy("writeVarint"), read: varint("readVarint()") },
  sint32: {
    ...int32,
    wire: 0,
    write: (value) => `at = writeVarint(((${value} << 1) ^ (${value} >> 31)) >>> 0, buffer, at);`,
    read: (value, end) => `${varint("readVarint()")(value, end)}\n${zigzag(value)}`,
  },
  fixed32: {
    ...uint32,
    wire: 5,
    write: writeBy("writeFixed32"),
    read: fixed(4, "readSfixed32() >>> 0"),
  },
  sfixed32: { ...int32, wire: 5, write: writeBy("writeFixed32"), read: fixed(4, "readSfixed32()") },
  int64: {
    ...int64,
    wire: 0,
    fit: signed64,
    write: writeBy("writeInt64"),
    read: varint("readInt64()", small),
  },
  uint64: {
    ...int64,
    wire: 0,
    fit: unsigned64,
    write: writeBy("writeInt64"),
    read: varint("readUint64()", small),
  },
  sint64: {
    ...int64,
    wire: 0,
    fit: signed64,
    write: writeBy("writeSint64"),
    read: (value, end) => `${value} = readSint64(buffer, at, ${end}); at = cursor.at;`,
  },
  fixed64: {
    ...int64,
    wire: 1,
    fit: unsigned64,
    write: writeBy("writeFixed64"),
    read: fixed(8, "readFixed64()"),
  },
  sfixed64: {
    ...int64,
    wire: 1,
    fit: signed64,
    write: writeBy("writeFixed64"),
    read: fixed(8, "readSfixed64()"),
  },
  float: {
    ...real,
    ...numberSize(4),
    wire: 5,
    fit: by("fitFloat"),
    write: writeBy("writeFloat"),
    read: fixed(4, "readFloat()"),
  },
  double: {
    ...real,
    ...numberSize(8),
    wire: 1,
    fit: double,
    write: writeBy("writeDouble"),
    read: fixed(8, "readDouble()"),
  },
  bool: {
    ...numberSize(1),
    wire: 0,
    fit: isNot("boolean"),
    filled: (value) => value,
    write: (value) => `buffer[at++] = ${value} ? 1 : 0;`,
    read: varint("readBool()", (value) => `${value} = ${value} !== 0;`),
    zero: "false",
  },
  string: {
    wire: 2,
    fixedRoom: undefined,
    room: (value) => `roomOfText(${value})`,
    fit: isNot("string"),
    filled: (value) => `${value} !== ""`,
    write: writeBy("writeText"),
    read: sized((value) => `${value} = readText(buffer, at, at + size); at += size;`),
    zero: '""',
  },
  bytes: {
    wire: 2,
    fixedRoom: undefined,
    room: (value) => `roomOfBytes(${value})`,
    fit: (value) => `if (!isBytes(${value})) unfit();`,
    filled: (value) => `${value}.length !== 0`,
    write: writeBy("writeBytes"),
    read: sized((value) => `${value} = readBytes(buffer, at, at + size); at += size;`),
    zero: "new Uint8Array(0)",
  },
};

const enumeration = (index: number): ValueCode => ({
  ...scalars.int32,
  fit: by(`enum${index}.numberOf`),
  read: (value, end) =>
    `${scalars.int32.read(value, end)}\n${value} = enum${index}.nameOf(${value});`,
  zero: `enum${index}.nameOf(0)`,
});

/** A message's length comes before it, and is known after: `width` bytes are left free for it. */
const message = (index: number): ValueCode => ({
  wire: 2,
  fixedRoom: undefined,
  room: (value) => `message${index}.room(${value}, depth + 1) + 5`,
  fit: () => "",
  filled: () => "true",
  write: (value) =>
    [
      `start = at; width = width${index};`,
      `at = message${index}.write(${value}, buffer, start + width, depth + 1);`,
      "size = at - start - width;",
      "if (width === 1 && size < 128) buffer[start] = size;",
      `else { width${index} = widthOf(size); at = seal(buffer, start, width, at); }`,
    ].join("\n"),
  read: sized(
    (value) =>
      `${value} = message${index}.read(buffer, at, at + size, depth + 1, ${value}); at += size;`,
  ),
  zero: "undefined",
});

/** The code for the values of field `index`. */
export function valueCode(kind: FieldKind, index: number): ValueCode {
  if (kind.kind === "scalar") return scalars[kind.scalar];
  return kind.kind === "enum" ? enumeration(index) : message(index);
}

/** The code for the keys of a map. */
export const scalarCode = (kind: ScalarKind): ValueCode => scalars[kind];
