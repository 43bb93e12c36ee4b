import {
  newMetadata,
  toMetadata,
  type BrokerMessage,
  type MutableMetadata,
} from "../../../src/spi.js";

/** Which go-micro is spoken: 1 up to v1.18, 2 from v2.5 on. They never meet. */
export type Dialect = "v1" | "v2";

/** What the dialects call things. Source: wire.md 6.1, go-micro `broker/http_broker.go`. */
export const dialects = {
  v1: { service: "go.micro.http.broker", path: "/_sub", topicHeader: ":topic" },
  v2: { service: "micro.http.broker", path: "/", topicHeader: "Micro-Topic" },
} as const;

/** Carries the key between Plugboard processes; Go subscribers see one more header. */
const keyHeader = "plugboard-key";

/** An envelope's content. */
export interface Letter {
  readonly topic: string;
  readonly key: string | undefined;
  readonly message: BrokerMessage;
}

/**
 * The JSON of a message. Header names are written as Go spells them, because Go compares them by
 * case: `Micro-Topic`, `Content-Type`, and the id in both of its spellings.
 */
export function writeEnvelope(dialect: Dialect, { topic, key, message }: Letter): Uint8Array {
  const header = newMetadata();
  for (const [name, value] of Object.entries(message.headers)) {
    header[canonical(name)] = value;
    if (name === "micro-id") header["Micro-ID"] = value;
  }
  if (key !== undefined) header[canonical(keyHeader)] = key;
  header[dialects[dialect].topicHeader] = topic;
  const { buffer, byteOffset, byteLength } = message.body;
  const body = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return Buffer.from(JSON.stringify({ Header: header, Body: body }));
}

const canonical = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());

/** Reads an envelope, its names in any case. @throws Error that says what is wrong with it. */
export function readEnvelope(bytes: Uint8Array): Letter {
  const envelope: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!isObject(envelope)) throw new Error("the envelope is no JSON object");
  const fields = new Map(
    Object.entries(envelope).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const headers = readHeaders(fields.get("header") ?? {});
  const { [keyHeader]: key, ":topic": v1Topic, ...others } = headers;
  const topic = v1Topic ?? headers["micro-topic"];
  if (topic === undefined || topic === "") throw new Error("the message has no topic");
  const body = readBody(fields.get("body") ?? "");
  return { topic, key, message: { headers: toMetadata(others), body } };
}

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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
