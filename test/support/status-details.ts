import type { ServiceError } from "@grpc/grpc-js";

/** A packed message. */
export interface PackedDetail {
  readonly type: string;
  readonly value: Buffer;
}

/** Fields of a message whose numbers are small and whose lengths have at most two bytes. */
function fieldsOf(bytes: Buffer): (readonly [number: number, value: Buffer])[] {
  const found: (readonly [number, Buffer])[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!;
    let length = bytes[at++]!;
    if (length > 127) length = (length & 127) | (bytes[at++]! << 7);
    if ((tag & 7) === 0) continue; // a number of one byte
    found.push([tag >> 3, bytes.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

/** What `grpc-status-details-bin` holds, read by hand. */
export function detailsOf({ metadata }: ServiceError): PackedDetail[] {
  const [whole] = metadata.get("grpc-status-details-bin") as Buffer[];
  return fieldsOf(whole!)
    .filter(([number]) => number === 3)
    .map(([, packed]) => {
      const [url, value] = fieldsOf(packed).map(([, bytes]) => bytes);
      const type = url!.toString().replace("type.googleapis.com/", "");
      return { type, value: value ?? Buffer.alloc(0) };
    });
}
