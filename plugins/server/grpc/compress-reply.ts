import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** Bytes from which a message is worth compressing. */
const leastBytes = 1_024;

/** The message, smaller; undefined when that is not worth it. */
export async function compressReply(message: Uint8Array): Promise<Buffer | undefined> {
  if (message.length < leastBytes) return undefined;
  const smaller = await compress(message);
  return smaller.length < message.length ? smaller : undefined;
}

/** Whether a caller that sent this `grpc-accept-encoding` can read gzip. */
export const takesGzip = (accepted: string | readonly string[] | undefined): boolean =>
  String(accepted ?? "")
    .split(",")
    .some((each) => each.trim() === "gzip");
