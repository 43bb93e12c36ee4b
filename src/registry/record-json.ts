import type { EndpointRecord, ServiceNode, ServiceRecord, ValueDescription } from "./registry.js";

/** Levels of a description that are read; go-micro writes three. */
const maxDepth = 16;

interface ValueJson {
  readonly name: string;
  readonly type: string;
  readonly values: readonly ValueJson[] | null;
}

/**
 * A record as go-micro's registries keep it: every key in lower case and there, `null` for what is
 * empty (wire.md 5.1).
 */
export const recordToJson = ({
  name,
  version,
  metadata,
  endpoints,
  nodes,
}: ServiceRecord): object => ({
  name,
  version,
  metadata,
  endpoints: endpoints.map(endpointToJson),
  nodes: nodes.map(({ id, address, metadata: own }) => ({ id, address, metadata: own })),
});

/** Reads what {@link recordToJson} and go-micro write; undefined for anything else. Never throws. */
export function recordFromJson(json: unknown): ServiceRecord | undefined {
  if (!isObject(json)) return undefined;
  const { name, version = "", endpoints, nodes } = json;
  const metadata = textsFromJson(json["metadata"]);
  if (typeof name !== "string" || typeof version !== "string" || !metadata) return undefined;
  const readEndpoints = Array.isArray(endpoints) ? endpoints.map(endpointFromJson) : [];
  const readNodes = Array.isArray(nodes) ? nodes.map(nodeFromJson) : [];
  return {
    name,
    version,
    metadata,
    endpoints: readEndpoints.filter((endpoint) => endpoint !== undefined),
    nodes: readNodes.filter((node) => node !== undefined),
  };
}

function nodeFromJson(json: unknown): ServiceNode | undefined {
  if (!isObject(json)) return undefined;
  const { id, address } = json;
  const metadata = textsFromJson(json["metadata"]);
  if (typeof id !== "string" || typeof address !== "string" || !metadata) return undefined;
  return { id, address, metadata };
}

/** An endpoint as go-micro writes it: every key there, `null` for what is empty. */
export const endpointToJson = ({ name, request, response, metadata }: EndpointRecord): object => ({
  name,
  request: request ? valueToJson(request) : null,
  response: response ? valueToJson(response) : null,
  metadata,
});

/** Reads what {@link endpointToJson} and go-micro write; undefined for anything else. */
export function endpointFromJson(json: unknown): EndpointRecord | undefined {
  if (!isObject(json) || typeof json["name"] !== "string") return undefined;
  const metadata = textsFromJson(json["metadata"]);
  if (metadata === undefined) return undefined;
  const request = valueFromJson(json["request"], maxDepth);
  const response = valueFromJson(json["response"], maxDepth);
  return {
    name: json["name"],
    ...(request && { request }),
    ...(response && { response }),
    metadata,
  };
}

/** A map of texts; `null` and nothing are the empty one; undefined for anything else. */
export function textsFromJson(json: unknown): Readonly<Record<string, string>> | undefined {
  if (json === undefined || json === null) return {};
  if (!isObject(json)) return undefined;
  const entries = Object.entries(json);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string"))
    return undefined;
  return Object.fromEntries(entries);
}

/** A JSON object, as opposed to an array and the like. */
export const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

const valueToJson = ({ name, type, values }: ValueDescription): ValueJson => ({
  name,
  type,
  values: values.length === 0 ? null : values.map(valueToJson),
});

function valueFromJson(json: unknown, depth: number): ValueDescription | undefined {
  if (!isObject(json) || depth === 0) return undefined;
  const { name, type, values } = json;
  if (typeof name !== "string" || typeof type !== "string") return undefined;
  const read = Array.isArray(values) ? values.map((value) => valueFromJson(value, depth - 1)) : [];
  return { name, type, values: read.filter((value) => value !== undefined) };
}
