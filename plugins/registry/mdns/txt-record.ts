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
/** Bytes that the TXT records of a message may unpack to; more is an attack or a mistake. */
const maxJsonBytes = 1_048_576;
/** Bytes that one byte of deflate can come to. */
const mostInflated = 1_032;

/** What is left of the bytes that the TXT records of one message may unpack to. */
export interface TxtBudget {
  bytes: number;
}

/** A budget for one message. */
export const txtBudget = (): TxtBudget => ({ bytes: maxJsonBytes });

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
export function decodeTxt(
  texts: readonly string[],
  budget: TxtBudget = txtBudget(),
): TxtContent | undefined {
  const hex = texts.join("");
  if (hex === "" || !/^([0-9a-fA-F]{2})+$/.test(hex) || budget.bytes === 0) return undefined;
  const packed = Buffer.from(hex, "hex");
  // Nobody tells how far what fails has come.
  let spent = Math.min(budget.bytes, packed.length * mostInflated);
  let json: unknown;
  try {
    const bytes = inflateSync(packed, { maxOutputLength: budget.bytes });
    spent = bytes.length;
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  } finally {
    budget.bytes -= spent;
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
