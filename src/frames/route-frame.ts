import { malformed, readU16, writeU16, kind } from "./protocol.js";
import type { FrameWriter } from "./frame-writer.js";

/** What calls have in common: where they go, in which content type and shape. */
export interface FrameRoute {
  readonly service: string;
  readonly endpoint: string;
  readonly contentType: string;
  /** `unary`, or a shape with streams. */
  readonly shape: string;
}

/** Bytes of the longest text: with the most routes a connection remembers 16 MiB of them at worst. */
const longestName = 1_024;

/** Tells the peer what a route's number stands for. @throws BadRequest for a name that is too long. */
export function writeRoute(
  writer: FrameWriter,
  number: number,
  { service, endpoint, contentType, shape }: FrameRoute,
): void {
  const texts = [service, endpoint, contentType, shape].map((text) => Buffer.from(text));
  if (texts.some(({ length }) => length > longestName))
    throw malformed(`a service's or endpoint's name is over ${longestName} bytes`);
  let at = writer.reserve(2 + texts.reduce((sum, text) => sum + 2 + text.length, 0));
  const { buffer } = writer;
  writeU16(buffer, at, number);
  at += 2;
  for (const text of texts) {
    writeU16(buffer, at, text.length);
    text.copy(buffer, at + 2);
    at += 2 + text.length;
  }
  writer.commit(kind.route, 0, at);
}

/** @throws BadRequest `frames.malformed`. */
export function readRoute(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly number: number; readonly route: FrameRoute } {
  if (end - start < 2) throw malformed("a route is cut off");
  const texts: string[] = [];
  let at = start + 2;
  while (at + 2 <= end && texts.length < 4) {
    const length = readU16(bytes, at);
    if (length > longestName) throw malformed(`a route's name of ${length} bytes`);
    const textEnd = at + 2 + length;
    if (textEnd > end) throw malformed("a route is cut off");
    texts.push(bytes.toString("utf8", at + 2, textEnd));
    at = textEnd;
  }
  const [service = "", endpoint = "", contentType = "", shape] = texts;
  if (shape === undefined || at !== end) throw malformed("a route of the wrong length");
  return { number: readU16(bytes, start), route: { service, endpoint, contentType, shape } };
}
