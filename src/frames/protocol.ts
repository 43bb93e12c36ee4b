import { BadRequest } from "../base/errors.js";

/** First bytes of a connection that speaks frames: no HTTP method begins with a zero. Version 1. */
export const preface: Uint8Array = Uint8Array.of(0x00, 0x50, 0x42, 0x01);

/** Node metadata by which a server says that it takes frames, and its value for this version. */
export const framesKey = "frames";
export const framesVersion = "1";

/** Bytes before a frame's payload: length (4), kind (1), call (4); big-endian. */
export const headBytes = 9;

/** Kinds of frames. */
export const kind = {
  hello: 0,
  route: 1,
  call: 2,
  reply: 3,
  error: 4,
  data: 5,
  end: 6,
  cancel: 7,
  credit: 8,
  goAway: 9,
  ping: 10,
  pong: 11,
  headers: 12,
  trailers: 13,
} as const;

/** Bits of a call's flags. */
export const callFlag = { timeout: 1, attempt: 2, metadata: 4 } as const;

/** Most calls of one connection at once; the low bits of a call's number are its place. */
export const maxCalls = 65_536;

/** Most routes that one connection may name. */
export const maxRoutes = 4_096;

/** Bytes of a stream's messages that may be under way unread, in each direction, at first. */
export const streamWindow = 262_144;

/** What a message counts for besides its body, so that empty ones are bounded as well. */
export const messageCost = 64;

/** Bytes besides the body that a payload may have: flags, numbers and names. */
export const payloadOverhead = 64;

/** Says that a peer does not keep to the protocol. */
export const malformed = (detail: string): BadRequest =>
  new BadRequest(`frames: ${detail}`, { reason: "frames.malformed", retry: "never" });

/** A number of 16 or 32 bits, most significant byte first. */
export const readU16 = (bytes: Buffer, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const readU32 = (bytes: Buffer, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

export function writeU16(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
