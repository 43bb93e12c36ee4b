import type { EndpointShape } from "../call/contract.js";

/** A path as its parts. */
export interface GrpcPath {
  /** What stands before the type: a proto package, or with go-micro the service's name. */
  readonly service: string;
  /** `Type.Method`; the path itself when it is none. */
  readonly endpoint: string;
}

/** `/pkg.Type/Method`: of what stands before the slash only the last part is the type, as in go-micro. */
export function readGrpcPath(path: string): GrpcPath {
  const [, scope, type, method] = /^\/(?:(.*)\.)?([^./]+)\/([^/]+)$/.exec(path) ?? [];
  return type && method
    ? { service: scope ?? "", endpoint: `${type}.${method}` }
    : { service: "", endpoint: path };
}

/** Where go-micro's servers and ours have an endpoint: `/service.Type/Method`. */
export function writeGrpcPath(service: string, { endpoint }: EndpointShape): string {
  if (endpoint.startsWith("/")) return endpoint;
  const dot = endpoint.lastIndexOf(".");
  const type = endpoint.slice(0, dot);
  return `/${service && `${service}.`}${type}/${endpoint.slice(dot + 1)}`;
}
