import type { MessageType, PackagedService, Route } from "../../../src/spi.js";

type ProtoMethod = PackagedService["methods"][number];

const packageOf = ({ name }: MessageType): string =>
  name.slice(0, Math.max(0, name.lastIndexOf(".")));

const typeOf = ({ handler }: Route): string => handler.endpoint.split(".")[0]!;

/** Protobuf's own types, such as Empty, are taken by services of any package. */
const general = "google.protobuf";

/** The package that most types of a service's methods are of; of several, the first. */
function commonPackage(routes: readonly Route[]): string {
  const counts = new Map<string, number>();
  for (const { input, output } of routes)
    for (const type of [input, output]) {
      const name = type && packageOf(type);
      if (name !== undefined && name !== general) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const [first] = [...counts].sort(([, left], [, right]) => right - left);
  return first?.[0] ?? "";
}

/** What a handler's `path` says of its service. */
const declaredIn = ({ handler }: Route): string | undefined =>
  /^\/([^/]+)\/[^/]+$/.exec(handler.path ?? "")?.[1];

/**
 * Full names of the services in whose `.proto` handlers stand: what their path says, else the type of
 * their endpoints in the package of its messages. Handlers without types stand in none.
 */
export function protoServiceNames(routes: readonly Route[]): ReadonlyMap<Route, string> {
  const typed = routes.filter(({ input, output }) => input && output);
  const groups = new Map<string, Route[]>();
  for (const route of typed) {
    const key = `${route.handler.service.name} ${typeOf(route)}`;
    groups.set(key, [...(groups.get(key) ?? []), route]);
  }
  const names = new Map<Route, string>();
  for (const group of groups.values()) {
    const home = commonPackage(group);
    for (const route of group) {
      const type = typeOf(route);
      names.set(route, declaredIn(route) ?? (home ? `${home}.${type}` : type));
    }
  }
  return names;
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
  for (const [route, name] of protoServiceNames(routes)) {
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
