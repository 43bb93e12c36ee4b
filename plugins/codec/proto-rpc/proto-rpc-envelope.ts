import { isUtf8 } from "node:buffer";
import { BadRequest, type CodecHeader } from "../../../src/spi.js";

// go-micro's envelope: 1 service_method (string), 2 seq (fixed64), 3 error (string, responses only).
const endpointTag = 0x0a;
const seqTag = 0x11;
const errorTag = 0x1a;

const malformed = (): BadRequest =>
  new BadRequest("the proto-rpc envelope is not protobuf", { reason: "codec.malformed" });

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

function textField(tag: number, text: string | undefined): Uint8Array {
  if (!text) return new Uint8Array(0);
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.from([tag, ...varint(bytes.byteLength)]), bytes]);
}

/** The envelope's bytes. Ids that are no decimal number of 64 bits go as 0, as go-micro does it. */
export function printEnvelope({ id = "", endpoint, error }: CodecHeader): Uint8Array {
  const number = /^\d{1,20}$/.test(id) ? BigInt(id) : 0n;
  const fits = BigInt.asUintN(64, number) === number && number !== 0n;
  const seq = new Uint8Array(fits ? 9 : 0);
  if (fits) {
    seq[0] = seqTag;
    new DataView(seq.buffer).setBigUint64(1, number, true);
  }
  return Buffer.concat([textField(endpointTag, endpoint), seq, textField(errorTag, error)]);
}

/** Walks over protobuf's fields; every read is checked against the end. */
class FieldReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.bytes.byteLength;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) throw malformed();
      value += (byte & 0x7f) * 128 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed();
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.byteLength) throw malformed();
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  text(): string {
    const bytes = this.take(this.varint());
    if (!isUtf8(bytes)) throw malformed();
    return Buffer.from(bytes).toString();
  }

  seq(): string {
    const bytes = this.take(8);
    return String(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.take(this.varint());
    else if (wireType === 5) this.take(4);
    else throw malformed();
  }
}

/** What an envelope says; unknown fields are skipped. @throws BadRequest `codec.malformed`. */
export function parseEnvelope(bytes: Uint8Array): CodecHeader {
  const fields = new FieldReader(bytes);
  const header: { id: string; endpoint?: string; error?: string } = { id: "0" };
  while (!fields.done) {
    const tag = fields.varint();
    if (tag < 8) throw malformed();
    if (tag === endpointTag) header.endpoint = fields.text();
    else if (tag === seqTag) header.id = fields.seq();
    else if (tag === errorTag) header.error = fields.text();
    else fields.skip(tag % 8);
  }
  if (!header.endpoint) delete header.endpoint;
  if (!header.error) delete header.error;
  return header;
}
