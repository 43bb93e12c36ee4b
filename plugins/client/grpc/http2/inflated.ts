import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { Http2Wire } from "./http2-wire.js";

const ways: Readonly<Record<string, typeof gunzip>> = { gzip: gunzip, deflate: inflate };

/** What a compressed message comes to. @throws ContentTooLarge, and InternalServerError `client.bad-reply`. */
export async function inflated(
  body: Buffer,
  encoding: string | undefined,
  wire: Http2Wire,
): Promise<Buffer> {
  const way = ways[encoding ?? ""];
  if (!way) throw wire.unreadable(`a reply is compressed by ${encoding ?? "nobody knows what"}`);
  try {
    return await promisify(way)(body, { maxOutputLength: wire.maxMessageBytes });
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") throw wire.tooLarge(wire.maxMessageBytes + 1);
    throw wire.badReply(`a reply cannot be decompressed: ${String(error)}`);
  }
}
