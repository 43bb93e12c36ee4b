import type { RpcError } from "../base/error.js";

/** A message as it came. */
export interface FramedMessage {
  readonly compressed: boolean;
  readonly body: Buffer;
}

/** The errors for messages that cannot be taken. */
export interface MessageFaults {
  /** One has so many bytes, or more. */
  tooLarge(bytes: number): RpcError;
  /** One is compressed, and nobody here knows how; undefined when its sender does not say. */
  unknownEncoding(encoding: string | undefined): RpcError;
  /** One is not what it says it is. */
  malformed(why: string): RpcError;
}

/** A flag and the length of what follows. */
const headBytes = 5;
const none: readonly FramedMessage[] = [];

/** Finds the messages in the bytes of a gRPC stream. */
export class MessageReader {
  readonly #chunks: Buffer[] = [];
  /** Bytes in the chunks. */
  #held = 0;
  /** Bytes without which there is nothing to look for. */
  #wanted = headBytes;

  constructor(
    private readonly maxBytes: number,
    private readonly faults: Pick<MessageFaults, "tooLarge">,
  ) {}

  /** Whether part of a message is here that has not ended. */
  get unfinished(): boolean {
    return this.#held > 0;
  }

  /** The messages that end with these bytes. @throws what `tooLarge` makes. */
  read(chunk: Buffer): readonly FramedMessage[] {
    const chunks = this.#chunks;
    const length = this.#held + chunk.length;
    if (length < this.#wanted) {
      chunks.push(chunk);
      this.#held = length;
      return none;
    }
    const bytes = this.#held > 0 ? Buffer.concat([...chunks.splice(0), chunk], length) : chunk;
    return this.#split(bytes);
  }

  #split(bytes: Buffer): readonly FramedMessage[] {
    const messages: FramedMessage[] = [];
    let at = 0;
    this.#wanted = headBytes;
    while (bytes.length - at >= headBytes) {
      const size = bytes.readUInt32BE(at + 1);
      if (size > this.maxBytes) throw this.faults.tooLarge(size);
      const end = at + headBytes + size;
      if (end > bytes.length) {
        this.#wanted = headBytes + size;
        break;
      }
      messages.push({ compressed: bytes[at] === 1, body: bytes.subarray(at + headBytes, end) });
      at = end;
    }
    this.#held = bytes.length - at;
    if (this.#held > 0) this.#chunks.push(bytes.subarray(at));
    return messages;
  }
}

/** A message for the wire. */
export function writeMessageFrame(body: Uint8Array, compressed: boolean): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + body.length);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, headBytes);
  return frame;
}
