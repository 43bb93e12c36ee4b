import type { MessageType } from "../../../src/spi.js";
import type { FieldPlan } from "./field-plan.js";
import { readProperty, setProperty } from "./own-property.js";
import { Unfit } from "./wire-scalar.js";

/** Both ways of one message type. */
export interface CompiledPlan {
  /** @throws Unfit for what the type cannot hold. */
  readonly toWire: (value: object, depth: number) => object;
  readonly fromWire: (message: object) => object;
}

/** What the generated code may use. */
interface Tools {
  readonly fields: readonly FieldPlan[];
  readonly construct: MessageType["construct"];
  readonly readProperty: typeof readProperty;
  readonly setProperty: typeof setProperty;
  readonly unfit: () => never;
}

const quote = (name: string): string => JSON.stringify(name);

/** The common case in line; what does not pass goes to the field's own converter. */
const fastChecks: Readonly<Record<string, string>> = {
  string: 'typeof v === "string" && v.isWellFormed()',
  bool: 'typeof v === "boolean"',
  int32: 'typeof v === "number" && (v | 0) === v',
  uint32: 'typeof v === "number" && v >>> 0 === v',
  double: 'typeof v === "number"',
};

function toWireLines(field: FieldPlan, index: number): string[] {
  const name = quote(field.name);
  const convert = `fields[${index}].toWire(v, depth + 1)`;
  const check = field.fast === undefined ? undefined : fastChecks[field.fast];
  const member = field.oneof === undefined ? "" : `oneof(${quote(field.oneof)}); `;
  return [
    `v = ${field.odd ? `readProperty(value, ${name})` : `value[${name}]`};`,
    "if (v !== undefined && v !== null) {",
    `  ${member}wire[${quote(field.protoName)}] = ${check ? `${check} ? v : ${convert}` : convert};`,
    "}",
  ];
}

function fromWireLines(field: FieldPlan, index: number): string[] {
  const source = `message[${quote(field.protoName)}]`;
  const own = `Object.hasOwn(message, ${quote(field.protoName)})`;
  const present = field.fast === undefined ? `fields[${index}].fromWire(${source})` : source;
  const set = (value: string): string =>
    field.odd
      ? `setProperty(target, ${quote(field.name)}, ${value});`
      : `target[${quote(field.name)}] = ${value};`;
  // protobufjs's prototypes hold the zero values of these: nothing to ask.
  if (field.fast !== undefined && !field.absent && !field.odd) return [set(source)];
  if (!field.absent) return [set(`${own} ? ${present} : fields[${index}].zero()`)];
  return [
    `if (${own}) ${set(present)}`,
    `else if (Object.hasOwn(target, ${quote(field.name)})) ${set("undefined")}`,
  ];
}

/**
 * Compiles a message's fields into two straight functions, as protobufjs does for its own part: a
 * loop over fields, whose every access is to another name, is three times slower. Names enter the
 * code as quoted text only.
 */
export function compilePlan(
  fields: readonly FieldPlan[],
  construct: MessageType["construct"],
): CompiledPlan {
  const source = [
    '"use strict";',
    "const { fields, construct, readProperty, setProperty, unfit } = tools;",
    "return {",
    "toWire(value, depth) {",
    "let v;",
    "const wire = {};",
    ...(fields.some(({ oneof }) => oneof !== undefined)
      ? [
          "const chosen = new Set();",
          "const oneof = (name) => { if (chosen.has(name)) unfit(); chosen.add(name); };",
        ]
      : []),
    ...fields.flatMap(toWireLines),
    "return wire;",
    "},",
    "fromWire(message) {",
    `const target = ${construct ? "new construct()" : "{}"};`,
    ...fields.flatMap(fromWireLines),
    "return target;",
    "},",
    "};",
  ].join("\n");
  const unfit = (): never => {
    throw new Unfit();
  };
  const tools: Tools = { fields, construct, readProperty, setProperty, unfit };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the point of this file
  return (new Function("tools", source) as (tools: Tools) => CompiledPlan)(tools);
}
