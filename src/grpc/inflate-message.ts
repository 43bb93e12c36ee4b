import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { MessageFaults } from "./message-reader.js";

const ways: Readonly<Record<string, typeof gunzip>> = { gzip: gunzip, deflate: inflate };

/** What {@link inflateMessage} reads, as `grpc-accept-encoding` lists it. */
export const acceptedEncodings = "identity,deflate,gzip";

/**
 * What a compressed message comes to; `encoding` is its `grpc-encoding`. Stops unpacking after
 * `maxBytes`. @throws what `faults` makes.
 */
export async function inflateMessage(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  faults: MessageFaults,
): Promise<Buffer> {
  const way = ways[encoding ?? ""];
  if (!way) throw faults.unknownEncoding(encoding);
  try {
    return await promisify(way)(body, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") throw faults.tooLarge(maxBytes + 1);
    throw faults.malformed(`a message cannot be decompressed: ${String(error)}`);
  }
}
