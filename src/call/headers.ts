import { newMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";

/** Header names of go-micro's RPC, in lower case (wire.md 1.4), and our own additions. */
export const header = {
  contentType: "content-type",
  accept: "accept",
  timeout: "timeout",
  service: "micro-service",
  endpoint: "micro-endpoint",
  method: "micro-method",
  id: "micro-id",
  stream: "micro-stream",
  error: "micro-error",
  topic: "micro-topic",
  fromService: "micro-from-service",
  /** Ours: shape of the call when it is not plain unary, one of {@link CallShape}. */
  shape: "plugboard-shape",
  /** Ours: number of the attempt when it is not the first; a retried call starts no retries. */
  attempt: "plugboard-attempt",
  /** Ours: key of an event, for order. */
  key: "plugboard-key",
  /** Ours: names of a reply's headers that its handler has set. */
  replyHeaders: "plugboard-headers",
} as const;

/** `Micro-Error` of a message that ends a stream in good order. */
export const endOfStream = "EOS";

const framing = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "local",
  "proxy-authenticate",
  "proxy-authorization",
  "remote",
  "te",
  "timeout",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);
const credentials = new Set(["authorization", "cookie", "set-cookie"]);

/** Whether a name is the protocol's own, or one hop's: neither callers nor handlers choose it. */
export const isOfTheProtocol = (name: string): boolean =>
  framing.has(name) ||
  name.startsWith("micro-") ||
  name.startsWith("x-micro-") ||
  name.startsWith("plugboard-");

/** Whether a handler may see an incoming header: all but framing; go-micro's own names included. */
export const isIncoming = (name: string): boolean =>
  !framing.has(name) && !name.startsWith("plugboard-");

/** What a handler sees of incoming headers. */
export function incomingMetadata(headers: Metadata): MutableMetadata {
  const metadata = newMetadata();
  for (const name in headers) if (isIncoming(name)) metadata[name] = headers[name]!;
  return metadata;
}

/** Which names of a caller's metadata go on with calls and events made while serving it. */
export type Propagation = "all" | "none" | readonly string[];

/**
 * The part of a served call's metadata that travels on. Names of the protocol and of one hop never
 * do; credentials only when listed by name.
 */
export function travellingMetadata(incoming: Metadata, propagation: Propagation): MutableMetadata {
  const metadata = newMetadata();
  if (propagation === "none") return metadata;
  if (propagation === "all") {
    for (const name in incoming) {
      if (!isOfTheProtocol(name) && !credentials.has(name)) metadata[name] = incoming[name]!;
    }
    return metadata;
  }
  for (const listed of propagation) {
    const name = listed.toLowerCase();
    const value = incoming[name];
    if (value !== undefined && !isOfTheProtocol(name)) metadata[name] = value;
  }
  return metadata;
}

/** The longest time limit taken from the wire, in milliseconds: 24 days, what a timer can hold. */
const longestMs = 2_147_483_647;

/** Reads header `Timeout`: nanoseconds in decimal. Nonsense counts as none. */
export function readTimeoutMs(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,19}$/.test(value)) return undefined;
  // Whole microseconds; up to 15 digits a number holds exactly.
  const us =
    value.length <= 15 ? Math.floor(Number(value) / 1_000) : Number(BigInt(value) / 1_000n);
  const ms = us / 1_000;
  return Math.min(ms, longestMs);
}

/** Reads header `Plugboard-Attempt`: 1 unless it says a number above. */
export function readAttempt(value: string | undefined): number {
  if (value === undefined) return 1;
  const attempt = Number(value);
  return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1;
}

/** Writes header `Timeout`; at least one microsecond, since 0 would mean none to some peers. */
export const writeTimeout = (ms: number): string =>
  String(Math.max(1, Math.round(Math.min(ms, longestMs) * 1_000)) * 1_000);
