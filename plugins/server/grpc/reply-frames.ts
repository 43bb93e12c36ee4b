import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** Bytes from which a message is worth compressing. */
const leastBytes = 1_024;

/**
 * Replies of one call, compressed. grpc-js knows no such thing for servers: it writes each message in one
 * piece whose first byte says that it is not compressed. So that byte is changed on its way out.
 */
export class ReplyFrames {
  #compressed = false;

  /** @param stream where grpc-js writes the call's messages */
  constructor(stream: Writable) {
    const write = stream.write.bind(stream) as (...parts: readonly unknown[]) => boolean;
    const marking = (frame: Buffer, ...others: readonly unknown[]): boolean => {
      if (this.#compressed) frame[0] = 1;
      this.#compressed = false;
      return write(frame, ...others);
    };
    Object.defineProperty(stream, "write", { value: marking });
  }

  /** What to give grpc-js for the next message: smaller, if that is worth it. */
  async next(message: Buffer): Promise<Buffer> {
    if (message.length < leastBytes) return message;
    const smaller = await compress(message);
    if (smaller.length >= message.length) return message;
    this.#compressed = true;
    return smaller;
  }
}

/** Whether a caller that sent this `grpc-accept-encoding` can read gzip. */
export const takesGzip = (accepted: string | readonly string[] | undefined): boolean =>
  String(accepted ?? "")
    .split(",")
    .some((each) => each.trim() === "gzip");
