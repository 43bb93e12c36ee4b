import protobuf from "protobufjs";
import { ProtoError } from "./proto-error.js";

/** A parsed `.proto`, not yet resolved. */
export interface ProtoSource {
  readonly package: string;
  readonly imports: readonly string[];
  /** Full names of the messages and services that the text declares, in its order. */
  readonly messages: readonly string[];
  readonly services: readonly string[];
}

const proto3 = /^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*syntax\s*=\s*(["'])proto3\1\s*;/;
const bare = (fullName: string): string => fullName.replace(/^\./, "");

function refuseUnsupported(object: protobuf.ReflectionObject, where: string): void {
  const refuse = (what: string): never => {
    throw new ProtoError("proto.unsupported", `${where}: ${bare(object.fullName)} ${what}`);
  };
  if (object instanceof protobuf.Type) {
    if ((object as { readonly group?: boolean }).group) refuse("is a group");
    if (object.extensions && object.extensions.length > 0) refuse("has extension ranges");
  }
  // Extending protobuf's own options adds annotations, not fields.
  if (object instanceof protobuf.Field && object.extend !== undefined)
    if (!/^\.?google\.protobuf\.\w+Options$/.test(object.extend)) refuse("is an extension");
}

function visit(
  namespace: protobuf.NamespaceBase,
  each: (object: protobuf.ReflectionObject) => void,
): void {
  for (const object of namespace.nestedArray) {
    each(object);
    if (object instanceof protobuf.Type) object.fieldsArray.forEach(each);
    if (object instanceof protobuf.Namespace) visit(object, each);
  }
}

/**
 * Parses `text` into `root`. `where` names the text in errors.
 * @throws ProtoError `proto.syntax` or `proto.unsupported`.
 */
export function parseSource(text: string, root: protobuf.Root, where: string): ProtoSource {
  if (!proto3.test(text))
    throw new ProtoError("proto.unsupported", `${where}: only syntax = "proto3" is supported`);
  // protobufjs leaves it out without a word.
  if (/\b__proto__\b/.test(text))
    throw new ProtoError("proto.unsupported", `${where}: nothing can be called __proto__`);
  const parsed = { alone: new protobuf.Root(), imports: [] as readonly string[], package: "" };
  try {
    // Once by itself, to know what this text declares; once among its imports.
    const result = protobuf.parse(text, parsed.alone, { keepCase: true });
    parsed.imports = [...(result.imports ?? []), ...(result.weakImports ?? [])];
    parsed.package = result.package ?? "";
    protobuf.parse(text, root, { keepCase: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProtoError("proto.syntax", `${where}: ${why}`, { cause: error });
  }
  const messages: string[] = [];
  const services: string[] = [];
  visit(parsed.alone, (object) => {
    refuseUnsupported(object, where);
    if (object instanceof protobuf.Type) messages.push(bare(object.fullName));
    if (object instanceof protobuf.Service) services.push(bare(object.fullName));
  });
  return { package: parsed.package, imports: parsed.imports, messages, services };
}
