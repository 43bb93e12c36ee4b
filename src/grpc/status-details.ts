import type { RpcError } from "../base/error.js";
import type { Codecs } from "../codec/codecs.js";
import { messageTypes } from "../codec/message-types.js";

/** What go-micro's error says. */
export interface GoMicroError {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
}

const protobuf = "application/protobuf";
const errorUrl = "type.googleapis.com/errors.Error";

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
    "errors.Error": [
      { name: "id", number: 1, type: "string" },
      { name: "code", number: 2, type: "int32" },
      { name: "detail", number: 3, type: "string" },
      { name: "status", number: 4, type: "string" },
    ],
  },
});

/**
 * The value of `grpc-status-details-bin`: go-micro's error as the one detail (its clients take no
 * other first one). Undefined in an app without protobuf.
 */
export function writeStatusDetails(
  code: number,
  message: string,
  { id, code: number, detail, status }: RpcError,
  codecs: Codecs,
): Uint8Array | undefined {
  if (!codecs.has(protobuf)) return undefined;
  const codec = codecs.get(protobuf);
  const error = { id, code: number, detail, status };
  const value = codec.write({}, "response", error, types["errors.Error"]);
  const whole = { code, message, details: [{ typeUrl: errorUrl, value }] };
  return codec.write({}, "response", whole, types.Status);
}

/** go-micro's error in a `grpc-status-details-bin`; undefined when there is none. */
export function readStatusDetails(bytes: Uint8Array, codecs: Codecs): GoMicroError | undefined {
  if (!codecs.has(protobuf)) return undefined;
  const codec = codecs.get(protobuf);
  try {
    const status = codec.readBody(bytes, "response", types.Status) as {
      readonly details?: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
    };
    const packed = status.details?.find(({ typeUrl }) => typeUrl === errorUrl);
    return (
      packed && (codec.readBody(packed.value, "response", types["errors.Error"]) as GoMicroError)
    );
  } catch {
    return undefined; // Somebody else's details.
  }
}
