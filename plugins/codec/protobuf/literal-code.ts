import type { FieldCode } from "./field-code.js";

/** So many fields that may be absent get a literal for each way; beyond, there are too many ways. */
const mostBranches = 3;

const quote = (name: string): string => JSON.stringify(name);
/** `["__proto__"]` is data, `__proto__` would be the prototype. */
const member = ({ name, index }: FieldCode): string =>
  `${name === "__proto__" ? `[${quote(name)}]` : quote(name)}: f${index}`;

const set = ({ odd, name }: FieldCode, value: string): string =>
  odd ? `setProperty(target, ${quote(name)}, ${value});` : `target[${quote(name)}] = ${value};`;

/** One literal with all its fields for each way that fields may be absent: objects of few shapes. */
function branches(fields: readonly FieldCode[], chosen: readonly FieldCode[]): string {
  const next = fields.find((field) => field.absent && !chosen.includes(field));
  if (!next) return `({ ${fields.map(member).join(", ")} })`;
  const without = branches(
    fields.filter((field) => field !== next),
    chosen,
  );
  return `f${next.index} === undefined ? ${without} : ${branches(fields, [...chosen, next])}`;
}

/** Statements that make the value of what was read, and return it. */
export function literalCode(fields: readonly FieldCode[], construct: boolean): string[] {
  const absent = fields.filter((field) => field.absent);
  if (!construct && absent.length <= mostBranches) return [`return ${branches(fields, [])};`];
  const first = construct ? -1 : fields.findIndex((field) => field.absent);
  const literal = `{ ${fields.slice(0, Math.max(0, first)).map(member).join(", ")} }`;
  const rest = fields.slice(Math.max(0, first));
  return [
    construct
      ? "const target = before === undefined ? new construct() : before;"
      : `const target = ${literal};`,
    ...rest.map((field) => {
      const value = `f${field.index}`;
      if (!field.absent) return set(field, value);
      // A class may have given it a value of its own.
      const clear = `if (Object.hasOwn(target, ${quote(field.name)})) ${set(field, "undefined")}`;
      return `if (${value} !== undefined) ${set(field, value)}${construct ? ` else ${clear}` : ""}`;
    }),
    "return target;",
  ];
}
