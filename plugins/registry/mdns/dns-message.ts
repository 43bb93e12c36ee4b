import { dnsMalformed } from "./dns-malformed.js";
import { DnsBudget } from "./dns-budget.js";
import { nameBytes, readName } from "./dns-name.js";
import { decodeData, encodeData, type DnsData } from "./dns-data.js";

/** What is asked. */
export interface DnsQuestion {
  readonly name: string;
  /** Type as a number, such as 12 for PTR. */
  readonly type: number;
  readonly class: number;
}

/** A resource record. */
export interface DnsRecord {
  readonly name: string;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: DnsData;
}

/** A DNS message; authority and additional records are read and written alike. */
export interface DnsMessage {
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** Flags of a query, and of a response with authority. */
export const queryFlags = 0;
export const responseFlags = 0x8400;

/** Whether the message is an answer; with another opcode or an error it is neither. */
export const isResponse = ({ flags }: DnsMessage): boolean => (flags & 0xf80f) === 0x8000;
export const isQuery = ({ flags }: DnsMessage): boolean => (flags & 0xf80f) === 0;

/** @throws BadRequest (`registry.dns-malformed`) for names and texts that DNS has no room for. */
export function encodeMessage(message: DnsMessage): Buffer {
  const { id, flags, questions, answers, authorities, additionals } = message;
  const header = Buffer.alloc(12);
  [id, flags, questions.length, answers.length, authorities.length, additionals.length].forEach(
    (value, index) => header.writeUInt16BE(value, index * 2),
  );
  return Buffer.concat([
    header,
    ...questions.flatMap((question) => [
      nameBytes(question.name),
      uint16s(question.type, question.class),
    ]),
    ...[...answers, ...authorities, ...additionals].map(encodeRecord),
  ]);
}

/** @throws BadRequest (`registry.dns-malformed`), nothing else, whatever the bytes. */
export function decodeMessage(input: Uint8Array): DnsMessage {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length < 12) throw dnsMalformed("shorter than a DNS header");
  const header = (index: number): number => bytes.readUInt16BE(index * 2);
  const budget = new DnsBudget();
  let at = 12;
  const take = (size: number): Buffer => {
    if (at + size > bytes.length) throw dnsMalformed("a record runs past the end");
    return bytes.subarray(at, (at += size));
  };
  const name = (): string => {
    const read = readName(bytes, at, budget);
    at = read.end;
    return read.name;
  };
  const question = (): DnsQuestion => {
    const asked = name();
    const fixed = take(4);
    return { name: asked, type: fixed.readUInt16BE(0), class: fixed.readUInt16BE(2) };
  };
  const record = (): DnsRecord => {
    const owner = name();
    const fixed = take(10);
    const [start, size] = [at, fixed.readUInt16BE(8)];
    take(size);
    const data = decodeData(fixed.readUInt16BE(0), bytes, start, start + size, budget);
    return { name: owner, class: fixed.readUInt16BE(2), ttl: fixed.readUInt32BE(4), data };
  };
  const times = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);
  return {
    id: header(0),
    flags: header(1),
    questions: times(header(2), question),
    answers: times(header(3), record),
    authorities: times(header(4), record),
    additionals: times(header(5), record),
  };
}

function encodeRecord({ name, class: klass, ttl, data }: DnsRecord): Buffer {
  const { type, bytes } = encodeData(data);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(klass, 2);
  fixed.writeUInt32BE(ttl, 4);
  if (bytes.length > 65_535) throw dnsMalformed(`a record of ${bytes.length} bytes is too large`);
  fixed.writeUInt16BE(bytes.length, 8);
  return Buffer.concat([nameBytes(name), fixed, bytes]);
}

function uint16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeUInt16BE(value, index * 2));
  return bytes;
}
