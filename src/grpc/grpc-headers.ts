import type { Metadata, MutableMetadata } from "../base/metadata.js";
import { fromWireMetadata, toWireMetadata } from "./metadata-wire.js";

/** Headers or trailers as HTTP/2 gives them: repeated values joined, or as a list. */
export type GrpcHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Names that say how a call travels, and nothing else. */
const framing = new Set([
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-message-type",
  "grpc-status",
  "grpc-status-details-bin",
  "grpc-timeout",
]);

/** The metadata in them. */
export function readGrpcHeaders(headers: GrpcHeaders): MutableMetadata {
  const entries: (readonly [string, readonly (string | Buffer)[]])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name.startsWith(":") || framing.has(name)) continue;
    const texts = typeof value === "object" ? value : [String(value)];
    entries.push([name, name.endsWith("-bin") ? texts.flatMap(readBytes) : texts]);
  }
  return fromWireMetadata(entries);
}

/** Puts metadata into them. @throws BadRequest `transport.bad-header` for a name that gRPC does not allow. */
export function writeGrpcHeaders(
  metadata: Metadata,
  headers: Record<string, string | number | string[] | undefined>,
): void {
  for (const [name, value] of toWireMetadata(metadata)) {
    const text = typeof value === "string" ? value : writeGrpcBytes(value);
    const before = headers[name];
    headers[name] = before === undefined ? text : `${String(before)},${text}`;
  }
}

/** Bytes as a header, without the padding that gRPC asks to leave out. */
export const writeGrpcBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("base64")
    .replace(/=+$/, "");

const readBytes = (text: string): Buffer[] =>
  text.split(",").map((each) => Buffer.from(each, "base64"));
