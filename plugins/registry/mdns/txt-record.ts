import { deflateSync, inflateSync } from "node:zlib";
import {
  endpointFromJson,
  endpointToJson,
  isObject,
  textsFromJson,
  type EndpointRecord,
} from "../../../src/spi.js";

/** Bytes of one text of a TXT record. */
const maxTextBytes = 255;
/** Bytes that a TXT record may unpack to; more is an attack or a mistake. */
const maxJsonBytes = 1_048_576;

/** What go-micro puts into a node's TXT record. */
export interface TxtContent {
  readonly service: string;
  readonly version: string;
  readonly endpoints: readonly EndpointRecord[];
  /** The node's, not the service's. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** hex(zlib(JSON)), cut into texts of 255 characters. */
export function encodeTxt({ service, version, endpoints, metadata }: TxtContent): string[] {
  const json = JSON.stringify({
    Service: service,
    Version: version,
    Endpoints: endpoints.map(endpointToJson),
    Metadata: metadata,
  });
  const hex = deflateSync(json).toString("hex");
  return hex.match(new RegExp(`.{1,${maxTextBytes}}`, "g")) ?? [];
}

/** The reverse; undefined for whatever else a TXT record may hold. Never throws. */
export function decodeTxt(texts: readonly string[]): TxtContent | undefined {
  const hex = texts.join("");
  if (hex === "" || !/^([0-9a-fA-F]{2})+$/.test(hex)) return undefined;
  let json: unknown;
  try {
    const bytes = inflateSync(Buffer.from(hex, "hex"), { maxOutputLength: maxJsonBytes });
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { Service: service, Version: version, Endpoints: endpoints } = json;
  const metadata = textsFromJson(json["Metadata"]);
  if (typeof service !== "string" || typeof version !== "string" || !metadata) return undefined;
  const read = Array.isArray(endpoints) ? endpoints.map(endpointFromJson) : [];
  return {
    service,
    version,
    endpoints: read.filter((endpoint) => endpoint !== undefined),
    metadata,
  };
}
