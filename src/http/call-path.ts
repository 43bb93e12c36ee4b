import { BadRequest } from "../base/errors.js";
import type { EndpointShape } from "../call/contract.js";

/** What a path of plain HTTP calls. */
export interface CallPath {
  /** Decides between services of one process that have the same endpoint; undefined when the path has none. */
  readonly service: string | undefined;
  /** `Type.Method`; the path itself when it is none. */
  readonly endpoint: string;
}

/**
 * Reads the path of a call, `/Type/Method`. A service's name may stand before it
 * (`/service/Type/Method`, `/service/Type.Method`), and so may a package (`/package.Type/Method`).
 * A query is not looked at.
 * @throws BadRequest `transport.malformed` for a percent sign that encodes nothing.
 */
export function readCallPath(url: string): CallPath {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const [first = "", second, third, more] = path.slice(1).split("/").map(decoded);
  if (more !== undefined) return { service: undefined, endpoint: path };
  if (third !== undefined) return { service: first, endpoint: `${second}.${third}` };
  if (second === undefined) return { service: undefined, endpoint: first };
  if (second.includes(".")) return { service: first, endpoint: second };
  const dot = first.lastIndexOf(".");
  return {
    service: dot < 0 ? undefined : first.slice(0, dot),
    endpoint: `${first.slice(dot + 1)}.${second}`,
  };
}

/** The path of an endpoint, `/service/Type/Method`; without the service where none is named. */
export function writeCallPath(service: string, { endpoint }: EndpointShape): string {
  const dot = endpoint.lastIndexOf(".");
  const parts = dot < 0 ? [endpoint] : [endpoint.slice(0, dot), endpoint.slice(dot + 1)];
  return [...(service ? [service] : []), ...parts]
    .map((part) => `/${encodeURIComponent(part)}`)
    .join("");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new BadRequest("the path has a percent sign that encodes nothing", {
      reason: "transport.malformed",
      retry: "never",
      cause,
    });
  }
}
