import type { MessageType, PackagedService, Route } from "../../../src/spi.js";

type ProtoMethod = PackagedService["methods"][number];

const packageOf = ({ name }: MessageType): string =>
  name.slice(0, Math.max(0, name.lastIndexOf(".")));

/** Full name of the service in whose `.proto` a handler stands; undefined for one without types. */
export function protoServiceOf({ handler, input, output }: Route): string | undefined {
  if (!input || !output) return undefined;
  const declared = /^\/([^/]+)\/[^/]+$/.exec(handler.path ?? "")?.[1];
  if (declared !== undefined) return declared;
  const [type] = handler.endpoint.split(".");
  // Protobuf's own types, such as Empty, are taken by services of any package.
  const packages = [input, output].map(packageOf);
  const home = packages.find((name) => name !== "google.protobuf") ?? "";
  return home ? `${home}.${type}` : type;
}

const methodOf = ({ handler, input, output }: Route): ProtoMethod => ({
  name: (handler.path ?? handler.endpoint).split(/[./]/).at(-1)!,
  input: input!,
  output: output!,
  clientStream: handler.requestStream === true,
  serverStream: handler.replyStream === true,
  ...(handler.idempotent && { idempotent: true }),
});

/** The services that a `.proto` can describe: every handler whose request and reply have types. */
export function protoServices(routes: readonly Route[]): PackagedService[] {
  const services = new Map<string, Map<string, ProtoMethod>>();
  for (const route of routes) {
    const name = protoServiceOf(route);
    if (name === undefined) continue;
    const methods = services.get(name) ?? new Map<string, ProtoMethod>();
    services.set(name, methods);
    const method = methodOf(route);
    if (!methods.has(method.name)) methods.set(method.name, method);
  }
  return [...services].map(([fullName, methods]) => {
    const dot = fullName.lastIndexOf(".");
    return {
      package: fullName.slice(0, Math.max(0, dot)),
      name: fullName.slice(dot + 1),
      methods: [...methods.values()],
    };
  });
}
