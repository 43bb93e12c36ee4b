import { BadRequest, ContentTooLarge, NotImplemented } from "../../../src/spi.js";

const prefixBytes = 5; // one of flags, four of length
const newline = 0x0a;

/**
 * The message within one frame.
 * @throws BadRequest `codec.malformed` unless the length fits exactly, NotImplemented
 *   `codec.compressed` for compressed messages, ContentTooLarge `codec.too-large` above `maxBytes`.
 */
export function unframe(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const malformed = (detail: string) => new BadRequest(detail, { reason: "codec.malformed" });
  if (bytes.byteLength < prefixBytes) throw malformed("a gRPC frame has at least 5 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(0);
  const length = view.getUint32(1);
  if (flags > 1) throw malformed(`a gRPC frame has no flags ${flags}`);
  if (flags === 1)
    throw new NotImplemented("compressed gRPC messages are not supported", {
      reason: "codec.compressed",
      retry: "never",
    });
  requireSize(length, maxBytes);
  if (length !== bytes.byteLength - prefixBytes)
    throw malformed(`a gRPC frame of ${length} bytes holds ${bytes.byteLength - prefixBytes}`);
  return bytes.subarray(prefixBytes);
}

/** @throws ContentTooLarge `codec.too-large`. */
function requireSize(length: number, maxBytes: number): void {
  if (length > maxBytes)
    throw new ContentTooLarge(`a gRPC message of ${length} bytes; the limit is ${maxBytes}`, {
      reason: "codec.too-large",
      retry: "never",
    });
}

/** One frame around a message; JSON's closing newline stays outside. @throws ContentTooLarge. */
export function frame(message: Uint8Array, isJson: boolean, maxBytes: number): Uint8Array {
  const length = message.byteLength - (isJson && message.at(-1) === newline ? 1 : 0);
  requireSize(length, maxBytes);
  const framed = new Uint8Array(prefixBytes + length);
  new DataView(framed.buffer).setUint32(1, length);
  framed.set(message.subarray(0, length), prefixBytes);
  return framed;
}
