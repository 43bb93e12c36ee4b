import { preface } from "../../../src/frames/protocol.js";

/** A frame, as tests lay and read it without help of what they test. */
export interface Frame {
  readonly kind: number;
  readonly call: number;
  readonly payload: Buffer;
}

/** A frame's bytes. `length` tells a lie. */
export function frame(
  kind: number,
  call: number,
  payload: Uint8Array | string = "",
  length = Buffer.from(payload).length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32BE(length, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32BE(call, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** Cuts bytes into the whole frames that they hold. */
export function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    const [kind, call] = [bytes.readUInt8(at + 4), bytes.readUInt32BE(at + 5)];
    frames.push({ kind, call, payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
}

const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value]);
const u32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);

/** Behind its length. */
const text = (value: string): Buffer =>
  Buffer.concat([u16(Buffer.byteLength(value)), Buffer.from(value)]);

export const hello = (from = "raw", maxMessageBytes = 4_194_304): Buffer =>
  frame(0, 0, Buffer.concat([u32(maxMessageBytes), Buffer.from(from)]));

/** The names of a JSON endpoint of service `frames`. */
export const route = (number: number, endpoint: string, shape = "unary"): Buffer =>
  frame(
    1,
    0,
    Buffer.concat([
      u16(number),
      ...["frames", endpoint, "application/json", shape].map((each) => text(each)),
    ]),
  );

export interface CallParts {
  readonly timeoutMs?: number;
  readonly attempt?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function call(number: number, of: number, parts: CallParts = {}): Buffer {
  const { timeoutMs, attempt, metadata, body = {} } = parts;
  let flags = 0;
  const pieces: Buffer[] = [];
  if (timeoutMs !== undefined) {
    flags |= 1;
    pieces.push(u32(timeoutMs));
  }
  if (attempt !== undefined) {
    flags |= 2;
    pieces.push(Buffer.from([attempt]));
  }
  if (metadata) {
    flags |= 4;
    const entries = Object.entries(metadata);
    const block = Buffer.concat([
      u16(entries.length),
      ...entries.flatMap(([name, value]) => [
        Buffer.from([Buffer.byteLength(name)]),
        Buffer.from(name),
        text(value),
      ]),
    ]);
    pieces.push(u16(block.length), block);
  }
  const json = Buffer.from(JSON.stringify(body));
  return frame(2, number, Buffer.concat([u16(of), Buffer.from([flags]), ...pieces, json]));
}

/** The number of a place's first call. */
export const numberOf = (place: number, use = 1): number => use * 65_536 + place;

export const data = (number: number, value: unknown): Buffer =>
  frame(5, number, JSON.stringify(value));
export const end = (number: number): Buffer => frame(6, number);
export const cancel = (number: number): Buffer => frame(7, number);
export const credit = (number: number, bytes: number): Buffer => frame(8, number, u32(bytes));
export const reply = (number: number, value: unknown): Buffer =>
  frame(3, number, JSON.stringify(value));

export const begin: Buffer = Buffer.from(preface);
