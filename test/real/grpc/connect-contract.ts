// What the programs under Connect's suite say, from the `.proto` files of the suite itself. Their folder is
// the first argument of both programs.
import { join } from "node:path";
import type { ErrorDetail, EndpointShape, MessageType, Metadata } from "plugboard";
import { loadProtoFile, protobufCodec, protoContract } from "plugboard/plugins/codec/protobuf";
import { realWorld } from "../support/real-world.js";

export interface Header {
  readonly name: string;
  readonly value: readonly string[];
}

/** `google.protobuf.Any`. */
export interface Packed {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export interface ConformanceError {
  readonly code: string;
  readonly message?: string;
  readonly details: readonly Packed[];
}

export interface Payload {
  readonly data?: Uint8Array;
  readonly requestInfo?: {
    readonly requestHeaders?: readonly Header[];
    readonly timeoutMs?: bigint;
    readonly requests: readonly Packed[];
  };
}

/** What a reply of any method has. */
export interface Reply {
  readonly payload?: Payload;
}

interface ResponseDefinition {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
  readonly responseDelayMs: number;
  readonly error?: ConformanceError;
}

/** A request that is answered once. */
export interface UnaryRequest {
  readonly responseDefinition?: ResponseDefinition & { readonly responseData?: Uint8Array };
}

/** A request that is answered by a stream. */
export interface StreamRequest {
  readonly responseDefinition?: ResponseDefinition & {
    readonly responseData: readonly Uint8Array[];
  };
  readonly fullDuplex?: boolean;
}

export interface Credentials {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** What a server under test is told. */
export interface ServerTask {
  readonly useTls: boolean;
  readonly clientTlsCert: Uint8Array;
  readonly messageReceiveLimit: number;
  readonly serverCreds?: Credentials;
}

/** What a client under test is told. */
export interface ClientTask {
  readonly testName: string;
  readonly compression: string;
  readonly host: string;
  readonly port: number;
  readonly serverTlsCert: Uint8Array;
  readonly clientTlsCreds?: Credentials;
  readonly messageReceiveLimit: number;
  readonly method?: string;
  readonly streamType: string;
  readonly requestHeaders: readonly Header[];
  readonly requestMessages: readonly Packed[];
  readonly timeoutMs?: number;
  readonly requestDelayMs: number;
  readonly cancel?: {
    readonly beforeCloseSend?: object;
    readonly afterCloseSendMs?: number;
    readonly afterNumResponses?: number;
  };
}

/** What a client under test answers. */
export interface ClientResult {
  readonly responseHeaders: readonly Header[];
  readonly payloads: readonly Payload[];
  readonly error?: ConformanceError;
  readonly responseTrailers: readonly Header[];
}

const [, , folder = ""] = process.argv;
const load = (name: string) =>
  loadProtoFile(join(folder, `connectrpc/conformance/v1/${name}.proto`), {
    includeDirs: [folder],
  });
const service = load("service");
const files = [service, load("client_compat"), load("server_compat")];

/** What the service is registered as. */
export const conformanceName = "connect-conformance";

/** How the methods are called, by their names in the `.proto`. */
export const shapes: Readonly<Record<string, EndpointShape>> = Object.fromEntries(
  service
    .service("ConformanceService")
    .methods.map(({ name }) => [name, contractOf(name)] as const),
);

function contractOf(name: string): EndpointShape {
  const { endpoints } = protoContract(conformanceName, service.service("ConformanceService"));
  return endpoints[name.charAt(0).toLowerCase() + name.slice(1)]!;
}

/** A message type of the suite. */
export function message<T>(name: string): MessageType<T> {
  for (const file of files)
    if (file.messages.some((each) => each.name === `${file.package}.${name}`))
      return file.message(name) as MessageType<T>;
  throw new Error(`the suite has no message ${name}`);
}

/** Reads and writes messages of the suite. */
export const codec = protobufCodec().create(realWorld().environment);

/** A message as bytes. */
export const encode = async (name: string, value: unknown): Promise<Uint8Array> =>
  (await codec).write({}, "request", value, message(name));

/** The way back. */
export const decode = async <T>(name: string, bytes: Uint8Array): Promise<T> =>
  (await codec).readBody(bytes, "request", message(name)) as T;

const urlPrefix = "type.googleapis.com/";

/** A message packed as an `Any`. */
export const pack = async (name: string, value: unknown): Promise<Packed> => ({
  typeUrl: `${urlPrefix}${service.package}.${name}`,
  value: await encode(name, value),
});

export const packDetail = ({ type, value }: ErrorDetail): Packed => ({
  typeUrl: urlPrefix + type,
  value,
});

export const unpackDetail = ({ typeUrl, value }: Packed): ErrorDetail => ({
  type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
  value,
});

/** Repeated values are one text here, as everywhere in metadata of ours. */
export const toMetadata = (headers: readonly Header[]): Record<string, string> =>
  Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value.join(", ")]));

export const fromMetadata = (metadata: Metadata = {}): Header[] =>
  Object.entries(metadata).map(([name, value]) => ({ name, value: [value] }));

const codes = [
  "UNSPECIFIED",
  "CANCELED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
].map((name) => `CODE_${name}`);

/** gRPC's number of a code of the suite. */
export const toStatusNumber = (code: string): number => codes.indexOf(code);

/** The way back. */
export const fromStatusNumber = (status: number): string => codes[status] ?? "CODE_UNKNOWN";
