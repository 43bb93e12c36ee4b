import type { RpcError } from "../base/error.js";
import type { ErrorDetail } from "../base/error-detail.js";
import type { Codecs } from "../codec/codecs.js";
import { messageTypes } from "../codec/message-types.js";
import { isBareStatus } from "./status.js";
import { readErrorInfo, standardDetails } from "./standard-details.js";

/** What the details of a status say of its error. */
export interface ToldDetails {
  /** go-micro's id, or the domain of an ErrorInfo. */
  readonly id: string;
  /** go-micro's code; 0 when go-micro's error is not there. */
  readonly code: number;
  readonly detail: string;
  /** The reason and facts of an ErrorInfo, when there is one. */
  readonly reason?: string;
  readonly data?: Readonly<Record<string, string>>;
  /** All details but go-micro's error. */
  readonly details: readonly ErrorDetail[];
}

const protobuf = "application/protobuf";
const goMicroError = "errors.Error";
const urlPrefix = "type.googleapis.com/";

/** Bytes of details of our own making: callers bound the size of metadata, some of them to 8 KiB. */
const mostBytes = 4_096;

/** google.rpc.Status with a list of packed messages, and go-micro's `errors.Error`. */
const types = messageTypes({
  messages: {
    Status: [
      { name: "code", number: 1, type: "int32" },
      { name: "message", number: 2, type: "string" },
      { name: "details", number: 3, type: "Packed", rule: "repeated" },
    ],
    Packed: [
      { name: "typeUrl", number: 1, type: "string" },
      { name: "value", number: 2, type: "bytes" },
    ],
    [goMicroError]: [
      { name: "id", number: 1, type: "string" },
      { name: "code", number: 2, type: "int32" },
      { name: "detail", number: 3, type: "string" },
      { name: "status", number: 4, type: "string" },
    ],
  },
});

/**
 * The value of `grpc-status-details-bin`; undefined in an app without protobuf. go-micro's callers
 * (`goMicro`) get its error first, since they take no other first detail, then the details that the
 * handler gave. Others get the handler's alone, even an empty list of them; where it gave no list, go-micro's
 * error and what it says in the words of google.rpc, but nothing with what gRPC says in bare words.
 */
export function writeStatusDetails(
  code: number,
  message: string,
  error: RpcError,
  goMicro: boolean,
  codecs: Codecs,
): Uint8Array | undefined {
  if (!canWriteDetails(codecs)) return undefined;
  const codec = codecs.get(protobuf);
  const { id, code: number, detail, status, details: given } = error;
  const own: ErrorDetail = {
    type: goMicroError,
    value: codec.write({}, "response", { id, code: number, detail, status }, types[goMicroError]),
  };
  const write = (details: readonly ErrorDetail[]): Uint8Array => {
    const packed = details.map(({ type, value }) => ({ typeUrl: urlPrefix + type, value }));
    return codec.write({}, "response", { code, message, details: packed }, types.Status);
  };
  if (goMicro) return write([own, ...(given ?? [])]);
  if (given) return given.length > 0 ? write(given) : undefined;
  if (isBareStatus(error)) return undefined;
  const whole = write([own, ...standardDetails(error, codec)]);
  return whole.length <= mostBytes ? whole : write([own]);
}

/** Whether an app has what details are written with. */
export const canWriteDetails = (codecs: Codecs): boolean => codecs.has(protobuf);

/** What a `grpc-status-details-bin` says; undefined when it cannot be read. */
export function readStatusDetails(bytes: Uint8Array, codecs: Codecs): ToldDetails | undefined {
  if (!codecs.has(protobuf)) return undefined;
  const codec = codecs.get(protobuf);
  try {
    const status = codec.readBody(bytes, "response", types.Status) as {
      readonly details?: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
    };
    const all = (status.details ?? []).map(({ typeUrl, value }): ErrorDetail => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value: new Uint8Array(value),
    }));
    const own = all.find(({ type }) => type === goMicroError);
    const told = own
      ? (codec.readBody(own.value, "response", types[goMicroError]) as ToldDetails)
      : undefined;
    const details = all.filter((each) => each !== own);
    const info = readErrorInfo(details, codec);
    return {
      id: told?.id || info?.domain || "",
      code: told?.code ?? 0,
      detail: told?.detail ?? "",
      ...(info?.reason && { reason: info.reason }),
      ...(info && Object.keys(info.metadata).length > 0 && { data: info.metadata }),
      details,
    };
  } catch {
    return undefined; // Somebody else's details.
  }
}
