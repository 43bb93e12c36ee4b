import { ProtoError } from "./proto-error.js";
import type { ProtoMethod, ProtoService } from "./proto-file.js";
import { propertyName } from "./type-lines.js";
import type { TypeNames } from "./type-names.js";

/** Names that a client cannot have as methods: promises and JSON would call them. */
const reserved = new Set(["then", "catch", "finally", "toJSON", "constructor"]);

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `SayHello` and `say_hello` are `sayHello` in code. */
function methodName(service: ProtoService, { name }: ProtoMethod): string {
  const method = lowerFirst(
    name.replace(/_+([A-Za-z0-9])/g, (_, next: string) => next.toUpperCase()),
  );
  if (reserved.has(method))
    throw new ProtoError(
      "proto.unsupported",
      `${service.name}.${name}: no method can have that name`,
    );
  return method;
}

function signature(service: ProtoService, method: ProtoMethod, names: TypeNames): string {
  const input = names.of(method.input);
  const output = names.of(method.output);
  const request = method.clientStream ? `AsyncIterable<${input}>` : input;
  const reply = method.serverStream ? `AsyncIterable<${output}>` : `Promise<${output}>`;
  return `  ${propertyName(methodName(service, method))}(request: ${request}): ${reply};`;
}

function endpoint(service: ProtoService, method: ProtoMethod): string {
  // Go's generated servers spell the service and the method in CamelCase.
  const camel = method.name.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());
  const members = [
    `endpoint: ${JSON.stringify(`${upperFirst(service.name)}.${upperFirst(camel)}`)}`,
    `path: ${JSON.stringify(`/${service.fullName}/${method.name}`)}`,
    `input: types[${JSON.stringify(method.input.name)}]`,
    `output: types[${JSON.stringify(method.output.name)}]`,
    ...(method.clientStream ? ["requestStream: true"] : []),
    ...(method.serverStream ? ["replyStream: true"] : []),
    ...(method.idempotent ? ["idempotent: true"] : []),
  ];
  const key = propertyName(methodName(service, method));
  return [`  ${key}: {`, ...members.map((member) => `    ${member},`), "  },"].join("\n");
}

/** A service's interface and the value of its contract. */
export function contractLines(
  service: ProtoService,
  registered: string,
  names: TypeNames,
): string[][] {
  const type = names.ofService(service.name);
  const value = `${lowerFirst(service.name)}Contract`;
  const methods = new Set(service.methods.map((method) => methodName(service, method)));
  if (methods.size < service.methods.length)
    throw new ProtoError(
      "proto.unsupported",
      `${service.name} has two methods of one name in code`,
    );
  return [
    [
      `/** The methods of service \`${service.name}\`. */`,
      `export interface ${type} {`,
      ...service.methods.map((method) => signature(service, method, names)),
      "}",
    ],
    [
      `/** Service \`${service.name}\`, registered as \`${registered}\`. */`,
      `export const ${value}: ServiceContract<${type}> = contract<${type}>(${JSON.stringify(registered)}, {`,
      ...service.methods.map((method) => endpoint(service, method)),
      "});",
    ],
  ];
}
