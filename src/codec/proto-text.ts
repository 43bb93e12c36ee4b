import { jsonName } from "./field-names.js";
import type { EnumType, MessageField, MessageType } from "./message-type.js";
import { protoFileName } from "./proto-file-name.js";
import { References, scopeTree, type Scope } from "./proto-scope.js";
import { commonPackage, isEnumType, reachableTypes } from "./type-graph.js";

/** A method of a {@link ProtoService}. */
export interface ProtoMethod {
  /** Name as in the `.proto`, such as `SayHello`. */
  readonly name: string;
  readonly input: MessageType;
  readonly output: MessageType;
  /** The caller sends many messages. */
  readonly clientStream: boolean;
  /** The service answers with many messages. */
  readonly serverStream: boolean;
  /** It may be called again without harm: option `idempotency_level`. */
  readonly idempotent?: boolean;
}

/** A service as protobuf knows it. */
export interface ProtoService {
  /** Name without its package, such as `Greeter`. */
  readonly name: string;
  readonly methods: readonly ProtoMethod[];
}

/** What {@link protoText} prints. */
export interface ProtoTextOptions {
  /**
   * Package of the file; types of other packages are imported. Left out: the longest package that
   * all types share, and every type is printed, in enclosing messages where their packages differ.
   */
  readonly package?: string;
  /** Messages to print, with all that they refer to. */
  readonly messages?: readonly MessageType[];
  readonly services?: readonly ProtoService[];
}

const indent = (lines: readonly string[]): string[] =>
  lines.map((line) => (line ? `  ${line}` : line));
const block = (head: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [`${head} {}`] : [`${head} {`, ...indent(lines), "}"];
const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : 1;

function enumLines(name: string, type: EnumType): string[] {
  const values = Object.entries(type.values);
  const ordered = [...values.filter(([, n]) => n === 0), ...values.filter(([, n]) => n !== 0)];
  const aliased = new Set(Object.values(type.values)).size < values.length;
  return block(`enum ${name}`, [
    ...(aliased ? ["option allow_alias = true;"] : []),
    ...ordered.map(([value, number]) => `${value} = ${number};`),
  ]);
}

function fieldLine(field: MessageField, from: readonly string[], references: References): string {
  const { type } = field;
  let words: string;
  if (type.kind === "scalar") words = type.scalar;
  else words = references.to(type.kind === "enum" ? type.enum.name : type.type.name, from);
  if (field.rule === "map") words = `map<${field.mapKey ?? "string"}, ${words}>`;
  else if (field.rule !== "one") words = `${field.rule} ${words}`;
  const renamed = jsonName(field.protoName) !== field.name;
  const options = renamed ? ` [json_name = ${JSON.stringify(field.name)}]` : "";
  return `${words} ${field.protoName} = ${field.number}${options};`;
}

function messageLines(
  name: string,
  scope: Scope,
  parents: readonly string[],
  references: References,
): string[] {
  const { type } = scope;
  if (type && isEnumType(type)) return enumLines(name, type);
  const from = [...parents, name];
  const fields = [...(type?.fields ?? [])].sort((left, right) => left.number - right.number);
  const printed = new Set<string>();
  const lines: string[] = [];
  for (const field of fields) {
    const { oneof } = field;
    if (oneof === undefined) lines.push(fieldLine(field, from, references));
    else if (!printed.has(oneof)) {
      printed.add(oneof);
      const members = fields.filter((member) => member.oneof === oneof);
      lines.push(
        ...block(
          `oneof ${oneof}`,
          members.map((member) => fieldLine(member, from, references)),
        ),
      );
    }
  }
  for (const [child, inner] of [...scope.children].sort(byName)) {
    if (lines.length > 0) lines.push("");
    lines.push(...messageLines(child, inner, from, references));
  }
  return block(`message ${name}`, lines);
}

function serviceLines(service: ProtoService, references: References): string[] {
  const methods = service.methods.flatMap((method) => {
    const input = (method.clientStream ? "stream " : "") + references.to(method.input.name, []);
    const output = (method.serverStream ? "stream " : "") + references.to(method.output.name, []);
    const head = `rpc ${method.name}(${input}) returns (${output})`;
    return method.idempotent
      ? block(head, ["option idempotency_level = IDEMPOTENT;"])
      : [`${head};`];
  });
  return block(`service ${service.name}`, methods);
}

/**
 * Proto3 text of messages, what they refer to, and services. The same types give the same text:
 * services come first in their order, then messages and enums by name, fields by number.
 *
 * @throws OptionError when two different types carry one name, and for names that protobuf refuses.
 */
export function protoText({
  package: root,
  messages = [],
  services = [],
}: ProtoTextOptions): string {
  const called = services.flatMap(({ methods }) =>
    methods.flatMap((method) => [method.input, method.output]),
  );
  const types = reachableTypes([...new Set([...messages, ...called])]);
  const home = root ?? commonPackage(types);
  const foreign = [...types.keys()].filter((name) => home && !name.startsWith(`${home}.`));
  for (const name of foreign) types.delete(name);
  const tree = scopeTree(types, home);
  const references = new References(home, tree);
  const imports = [...new Set(foreign.map(protoFileName))].sort();
  const parts = [
    ['syntax = "proto3";'],
    ...(home ? [[`package ${home};`]] : []),
    ...(imports.length > 0 ? [imports.map((file) => `import "${file}";`)] : []),
    ...services.map((service) => serviceLines(service, references)),
    ...[...tree.children]
      .sort(byName)
      .map(([name, scope]) => messageLines(name, scope, [], references)),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
