import { BadRequest } from "../../../src/spi.js";

/** A parsed JSON-RPC object: what is read of it. */
export type Envelope = Readonly<Record<string, unknown>>;

const malformed = (detail: string, cause?: unknown): BadRequest =>
  new BadRequest(detail, { reason: "codec.malformed", cause });

/** The object of a JSON-RPC body. @throws BadRequest `codec.malformed`. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch (error) {
    throw malformed("the body is not JSON", error);
  }
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope))
    throw malformed("a JSON-RPC body is an object");
  return envelope as Envelope;
}

/** A member that is text, or a number written as text; undefined for nothing, null and "". */
export function textMember(envelope: Envelope, name: string): string | undefined {
  const value = Object.hasOwn(envelope, name) ? envelope[name] : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw malformed(`a JSON-RPC ${name} is text`);
}

/** JSON text of the value in a request or a response; undefined when there is none. */
export function valueText(envelope: Envelope, kind: "request" | "response"): string | undefined {
  const member = kind === "request" ? "params" : "result";
  let value = Object.hasOwn(envelope, member) ? envelope[member] : undefined;
  if (kind === "request" && value !== undefined && value !== null) {
    if (!Array.isArray(value) || value.length > 1)
      throw malformed("JSON-RPC params are a list of one value");
    value = (value as readonly unknown[])[0];
  }
  try {
    return value === undefined ? undefined : JSON.stringify(value);
  } catch (error) {
    throw malformed("the JSON-RPC value is nested too deep", error);
  }
}

/** A JSON-RPC body and its newline around a value that is JSON text already. */
export function printRequest(endpoint: string, id: string, value: string): string {
  return `{"method":${JSON.stringify(endpoint)},"params":[${value}],"id":${JSON.stringify(id)}}\n`;
}

/** As {@link printRequest}; an error goes without a value. */
export function printResponse(id: string, value: string, error: string | undefined): string {
  return error === undefined
    ? `{"id":${JSON.stringify(id)},"result":${value},"error":null}\n`
    : `{"id":${JSON.stringify(id)},"result":null,"error":${JSON.stringify(error)}}\n`;
}
