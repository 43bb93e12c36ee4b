import {
  isObject,
  newMetadata,
  toMetadata,
  type BrokerMessage,
  type MutableMetadata,
} from "../../../src/spi.js";
import type { IncomingRecord, OutgoingRecord } from "./driver.js";
import type { KafkaFormat } from "./settings.js";

/** How a message becomes a record, and back. */
export interface RecordFormat {
  write(message: BrokerMessage): Pick<OutgoingRecord, "value" | "headers">;
  /** @throws Error that says what is wrong with the record. */
  read(record: Pick<IncomingRecord, "value" | "headers">): BrokerMessage;
}

/** The headers are Kafka's own and the value is the body: a copy each way. */
const native: RecordFormat = {
  write: ({ headers, body }) => ({ value: new Uint8Array(body), headers: toMetadata(headers) }),
  read({ value, headers }) {
    if (!value) throw new Error("it has no value");
    return { headers: toMetadata(headers), body: new Uint8Array(value) };
  },
};

/**
 * The value is go-micro's JSON `{"Header":{...},"Body":"<base64>"}`; what comes in Kafka's own
 * headers counts, too. Source: wire.md 6, go-micro `plugins/broker/kafka@v4.7.0`.
 */
const goMicro: RecordFormat = {
  write({ headers, body }) {
    const header = newMetadata();
    for (const [name, value] of Object.entries(headers)) {
      header[canonical(name)] = value;
      if (name === "micro-id") header["Micro-ID"] = value;
    }
    const { buffer, byteOffset, byteLength } = body;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
    return {
      value: Buffer.from(JSON.stringify({ Header: header, Body: text })),
      headers: newMetadata(),
    };
  },
  read({ value, headers }) {
    if (!value) throw new Error("it has no value");
    const envelope: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    if (!isObject(envelope)) throw new Error("the envelope is no JSON object");
    const fields = new Map(
      Object.entries(envelope).map(([name, field]) => [name.toLowerCase(), field]),
    );
    if (!fields.has("header") && !fields.has("body"))
      throw new Error("the envelope has neither Header nor Body");
    const own = readHeaders(fields.get("header") ?? {});
    return {
      headers: Object.assign(own, headers),
      body: readBody(fields.get("body") ?? ""),
    };
  },
};

/** Go compares header names by case: the id goes in both of its spellings. */
const canonical = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());

function readHeaders(header: unknown): MutableMetadata {
  if (!isObject(header)) throw new Error("Header is no JSON object");
  const headers = newMetadata();
  for (const [name, value] of Object.entries(header)) {
    if (typeof value !== "string") throw new Error(`the header ${name} is no text`);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function readBody(body: unknown): Uint8Array {
  if (typeof body !== "string" || body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body))
    throw new Error("Body is no base64");
  const bytes = Buffer.from(body, "base64");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The formats by name. */
export const recordFormats: Readonly<Record<KafkaFormat, RecordFormat>> = {
  "go-micro": goMicro,
  native,
};
