import type { DnsBudget } from "./dns-budget.js";
import { dnsMalformed } from "./dns-malformed.js";
import { nameBytes, readName } from "./dns-name.js";

/** Numbers of the record types that mDNS needs, ANY being one for questions alone. */
export const dnsType = { a: 1, ptr: 12, txt: 16, aaaa: 28, srv: 33, any: 255 } as const;

/** What a record says. Texts hold one character a byte. */
export type DnsData =
  | { readonly kind: "address"; /** Four or sixteen. */ readonly bytes: Uint8Array }
  | { readonly kind: "ptr"; readonly target: string }
  | {
      readonly kind: "srv";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly kind: "txt"; readonly texts: readonly string[] }
  | { readonly kind: "other"; readonly type: number; readonly bytes: Uint8Array };

/** @throws BadRequest (`registry.dns-malformed`) for names and texts that DNS has no room for. */
export function encodeData(data: DnsData): { readonly type: number; readonly bytes: Buffer } {
  switch (data.kind) {
    case "address":
      return {
        type: data.bytes.length === 4 ? dnsType.a : dnsType.aaaa,
        bytes: Buffer.from(data.bytes),
      };
    case "ptr":
      return { type: dnsType.ptr, bytes: nameBytes(data.target) };
    case "srv": {
      const fixed = Buffer.alloc(6);
      fixed.writeUInt16BE(data.priority, 0);
      fixed.writeUInt16BE(data.weight, 2);
      fixed.writeUInt16BE(data.port, 4);
      return { type: dnsType.srv, bytes: Buffer.concat([fixed, nameBytes(data.target)]) };
    }
    case "txt": {
      // No text at all is written as one empty text (RFC 6763, section 6.1).
      const texts = data.texts.length === 0 ? [""] : data.texts;
      return { type: dnsType.txt, bytes: Buffer.concat(texts.map(textBytes)) };
    }
    case "other":
      return { type: data.type, bytes: Buffer.from(data.bytes) };
  }
}

/**
 * Reads the data of a record of `type` between `start` and `end`; names may point outside of it.
 * @throws BadRequest (`registry.dns-malformed`).
 */
export function decodeData(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
  budget: DnsBudget,
): DnsData {
  const raw = bytes.subarray(start, end);
  const nameAt = (at: number): string => {
    const read = readName(bytes, at, budget);
    if (read.end !== end) throw dnsMalformed("a name does not fill its record");
    return read.name;
  };
  switch (type) {
    case dnsType.a:
    case dnsType.aaaa:
      if (raw.length !== (type === dnsType.a ? 4 : 16))
        throw dnsMalformed(`an address of ${raw.length} bytes`);
      return { kind: "address", bytes: Uint8Array.from(raw) };
    case dnsType.ptr:
      return { kind: "ptr", target: nameAt(start) };
    case dnsType.srv: {
      if (raw.length < 7) throw dnsMalformed("an SRV record is too short");
      const [priority, weight, port] = [0, 2, 4].map((at) => raw.readUInt16BE(at)) as Triple;
      return { kind: "srv", priority, weight, port, target: nameAt(start + 6) };
    }
    case dnsType.txt:
      return { kind: "txt", texts: readTexts(raw) };
    default:
      return { kind: "other", type, bytes: Uint8Array.from(raw) };
  }
}

type Triple = [number, number, number];

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length > 255)
    throw dnsMalformed(`a TXT text of ${bytes.length} bytes, 255 is the limit`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function readTexts(raw: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < raw.length;) {
    const size = raw.readUInt8(at);
    if (at + 1 + size > raw.length) throw dnsMalformed("a TXT text runs past its record");
    texts.push(raw.toString("latin1", at + 1, at + 1 + size));
    at += 1 + size;
  }
  return texts;
}
