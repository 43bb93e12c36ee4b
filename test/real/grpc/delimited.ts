import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** Messages that come each after their length, four bytes, the highest first. */
export async function* readDelimited(input: Readable): AsyncGenerator<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of input as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) {
      const end = 4 + bytes.readUInt32BE();
      yield bytes.subarray(4, end);
      bytes = bytes.subarray(end);
    }
  }
}

/** Writes one. */
export async function writeDelimited(output: Writable, message: Uint8Array): Promise<void> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  if (!output.write(Buffer.concat([length, message]))) await once(output, "drain");
}
