import { OptionError } from "../base/options.js";
import { describeScope } from "./message-descriptor.js";
import type { MessageType } from "./message-type.js";
import { protoFileName } from "./proto-file-name.js";
import { scopeTree } from "./proto-scope.js";
import type { ProtoService } from "./proto-text.js";
import { isEnumType, parentOf, reachableTypes, type Declared } from "./type-graph.js";

/** A service with its package. */
export interface PackagedService extends ProtoService {
  readonly package: string;
}

/** A `.proto` file as descriptor.proto describes it. */
export interface FileDescriptor {
  readonly name: string;
  /** Names of the files that it imports. */
  readonly dependencies: readonly string[];
  /** Full names of what it declares: messages, enums, services and methods. */
  readonly symbols: readonly string[];
  /** A value of `descriptorTypes.FileDescriptorProto`. */
  readonly value: unknown;
}

/** What belongs to one file. */
interface Content {
  readonly package: string;
  readonly types: Map<string, Declared>;
  readonly services: PackagedService[];
  readonly imports: Set<string>;
}

const fullName = (scope: string, name: string): string => (scope ? `${scope}.${name}` : name);

/** Names without a package stand in one file, so that they may lead to each other. */
const fileNameOf = (name: string): string =>
  parentOf(name) ? protoFileName(name) : "no_package.proto";

/** IDEMPOTENT of MethodOptions.IdempotencyLevel. */
const idempotent = 2;

/**
 * Describes services and all messages and enums that they lead to, in one file for each package
 * (protobuf's own types in protobuf's own files), imports included.
 * @throws OptionError when two different types carry one name, for names that protobuf refuses, and for
 *   packages that need each other in a circle, since files cannot.
 */
export function fileDescriptors(services: readonly PackagedService[]): FileDescriptor[] {
  const called = services.flatMap(({ methods }) =>
    methods.flatMap(({ input, output }): MessageType[] => [input, output]),
  );
  const types = reachableTypes([...new Set(called)]);
  const files = new Map<string, Content>();
  const fileOf = (name: string, scope: string): Content => {
    let file = files.get(name);
    if (!file) {
      file = { package: scope, types: new Map(), services: [], imports: new Set() };
      files.set(name, file);
    }
    return file;
  };
  const outermost = (name: string): string => {
    let outer = name;
    while (types.has(parentOf(outer))) outer = parentOf(outer);
    return outer;
  };
  const homeOf = (name: string): string => fileNameOf(outermost(name));
  for (const [name, type] of types) {
    const home = homeOf(name);
    const file = fileOf(home, parentOf(outermost(name)));
    file.types.set(name, type);
    if (isEnumType(type)) continue;
    for (const { type: kind } of type.fields) {
      const target =
        kind.kind === "message" ? kind.type : kind.kind === "enum" ? kind.enum : undefined;
      if (target && homeOf(target.name) !== home) file.imports.add(homeOf(target.name));
    }
  }
  for (const service of services) {
    const home = fileNameOf(fullName(service.package, service.name));
    const file = fileOf(home, service.package);
    file.services.push(service);
    for (const { input, output } of service.methods)
      for (const { name } of [input, output])
        if (homeOf(name) !== home) file.imports.add(homeOf(name));
  }
  refuseCircles(files);
  return [...files].map(([name, content]) => describeFile(name, content));
}

function describeFile(name: string, content: Content): FileDescriptor {
  const { package: scope, types, services, imports } = content;
  const { messages, enums } = describeScope(scopeTree(types, scope).children, scope);
  const dependencies = [...imports].sort();
  return {
    name,
    dependencies,
    symbols: [
      ...types.keys(),
      ...services.flatMap((service) => {
        const own = fullName(scope, service.name);
        return [own, ...service.methods.map((method) => `${own}.${method.name}`)];
      }),
    ],
    value: {
      name,
      package: scope,
      dependency: dependencies,
      messageType: messages,
      enumType: enums,
      service: services.map((service) => ({
        name: service.name,
        method: service.methods.map((method) => ({
          name: method.name,
          inputType: `.${method.input.name}`,
          outputType: `.${method.output.name}`,
          clientStreaming: method.clientStream,
          serverStreaming: method.serverStream,
          ...(method.idempotent && { options: { idempotencyLevel: idempotent } }),
        })),
      })),
      syntax: "proto3",
    },
  };
}

function refuseCircles(files: ReadonlyMap<string, Content>): void {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      throw new OptionError(`files import each other in a circle: ${[...path, name].join(" -> ")}`);
    if (done.has(name)) return;
    for (const next of files.get(name)?.imports ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of files.keys()) visit(name, []);
}
