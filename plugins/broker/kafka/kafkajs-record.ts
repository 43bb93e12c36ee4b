import type { KafkaMessage, Message } from "kafkajs";
import { newMetadata, type Metadata } from "../../../src/spi.js";
import type { IncomingRecord, OutgoingRecord } from "./driver.js";

/** A record as kafkajs takes it. */
export const outgoingMessage = ({ key, value, headers }: OutgoingRecord): Message => ({
  key: key ?? null,
  value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  headers: { ...headers },
});

/** A record as kafkajs gives it. */
export const incomingRecord = ({ offset, key, value, headers }: KafkaMessage): IncomingRecord => ({
  offset: Number(offset),
  key: key?.toString("utf8"),
  value: value ?? undefined,
  headers: textHeaders(headers),
});

/** Of a name that comes several times, the last counts. */
function textHeaders(headers: KafkaMessage["headers"]): Metadata {
  const texts = newMetadata();
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name.toLowerCase()] = last.toString("utf8");
  }
  return texts;
}
