/** Types of HTTP/2's frames (RFC 9113, section 6). */
export const h2 = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; what they mean depends on the type. */
export const h2Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** A frame of HTTP/2, valid or not. */
export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
  /** Said instead of the payload's length. */
  readonly length?: number;
}

/** What a client says first. */
export const http2Preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const http2Frame = (
  type: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
  flags = 0,
): Http2Frame => ({ type, flags, stream, payload });

export function http2Bytes({ type, flags, stream, payload, length }: Http2Frame): Buffer {
  const bytes = Buffer.allocUnsafe(9 + payload.length);
  bytes.writeUIntBE((length ?? payload.length) & 0xff_ffff, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream >>> 0, 5);
  payload.copy(bytes, 9);
  return bytes;
}

/** The whole frames at the beginning of `bytes`. */
export function http2Frames(bytes: Buffer): Http2Frame[] {
  const frames: Http2Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** Settings as pairs of identifier and value. */
export const settingsFrame = (...pairs: readonly (readonly [number, number])[]): Http2Frame =>
  http2Frame(
    h2.settings,
    0,
    Buffer.concat(pairs.map(([id, value]) => Buffer.concat([Buffer.of(id >>> 8, id), u32(value)]))),
  );

/** A ping that says `mark`, and what comes back for it. */
export const pingFrame = (mark: Buffer): Http2Frame => http2Frame(h2.ping, 0, mark);
