/** A message as it came. */
export interface Framed {
  readonly compressed: boolean;
  readonly body: Buffer;
}

const headBytes = 5;

/** Finds the messages in the bytes of a stream. */
export class MessageReader {
  #rest: Buffer | undefined;

  /** `tooLarge` makes the error for a message of more than `maxBytes`. */
  constructor(
    private readonly maxBytes: number,
    private readonly tooLarge: (bytes: number) => Error,
  ) {}

  /** Whether part of a message is here that has not ended. */
  get unfinished(): boolean {
    return this.#rest !== undefined;
  }

  /** The messages that end with these bytes. @throws what `tooLarge` made. */
  read(chunk: Buffer): Framed[] {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    const messages: Framed[] = [];
    let at = 0;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at + 1);
      if (length > this.maxBytes) throw this.tooLarge(length);
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      messages.push({ compressed: bytes[at] === 1, body: bytes.subarray(at + headBytes, end) });
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined;
    return messages;
  }
}

/** A message for the wire. */
export function frameOf(body: Buffer, compressed: boolean): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + body.length);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, headBytes);
  return frame;
}
