import { toErrorCode } from "../base/error-code.js";
import type { RpcError } from "../base/error.js";
import { rpcError } from "../base/errors.js";
import { decodeError, encodeError, makeError, type ErrorClasses } from "../call/error-wire.js";
import type { Codecs } from "../codec/codecs.js";
import { canWriteDetails, readStatusDetails, writeStatusDetails } from "./status-details.js";
import { fromGrpcStatus, reasonOfGrpcStatus, toGrpcStatus } from "./status.js";

/** How a call ended, as gRPC says it. */
export interface GrpcStatus {
  readonly code: number;
  /** `grpc-message`, not percent-encoded. */
  readonly message: string;
  /** `grpc-status-details-bin`. */
  readonly details: Uint8Array | undefined;
}

/** Characters of an error that travel as its message; what is over goes without its data. */
const longest = 8_192;

/** Characters of a message that stand in the details once more. */
const longestInDetails = 2_048;

/** Half of a surrogate pair cannot be percent-encoded. */
const lone = /[\ud800-\udfff]/gu;

/**
 * An error as a status. With `json` its message is go-micro's error JSON, which our clients and
 * go-micro's read; others get the detail in plain words.
 */
export function toStatus(error: RpcError, json: boolean, codecs: Codecs): GrpcStatus {
  const code = toGrpcStatus(error);
  const detail = error.detail.slice(0, longest).replace(lone, "\ufffd");
  const message = json ? lineOf(error, detail, canWriteDetails(codecs)) : detail;
  const details = writeStatusDetails(
    code,
    // Programs in Go take their message from here; go-micro v1 reads its error out of it.
    message.length <= longestInDetails ? message : detail,
    Object.create(error, { detail: { value: detail } }) as RpcError,
    json,
    codecs,
  );
  return { code, message, details };
}

/** The error JSON, without the details that travel beside it, and without its data when it is too long. */
function lineOf(error: RpcError, detail: string, detailed: boolean): string {
  const bare = Object.create(error, { details: { value: undefined } }) as RpcError;
  const whole = encodeError(detailed ? bare : error);
  if (whole.length <= longest) return whole;
  return encodeError(
    rpcError(error.code, detail.slice(0, longest / 2), {
      id: error.id,
      ...(error.reason !== undefined && { reason: error.reason }),
      ...(error.retry && { retry: error.retry }),
    }),
  );
}

/**
 * The error of a status: what the JSON in its message says, else go-micro's error and google.rpc's in
 * its details, else the code's own class with the message. `id` is the service's name.
 */
export function fromStatus(
  { code, message, details }: GrpcStatus,
  id: string,
  classes: ErrorClasses,
  codecs: Codecs,
): RpcError {
  const told = details && readStatusDetails(details, codecs);
  const beside = told && told.details.length > 0 ? told.details : undefined;
  if (saysError(message)) return decodeError(message, id, classes, beside);
  const goMicro = told !== undefined && told.code > 0;
  const { data, reason = goMicro ? "peer.error" : reasonOfGrpcStatus(code) } = told ?? {};
  return makeError(
    {
      id: told?.id || id,
      code: goMicro ? toErrorCode(told.code) : fromGrpcStatus(code),
      detail: told?.detail || message || "the peer gave no reason",
      reason,
      data,
      details: beside,
      type: data?.["type"],
    },
    classes,
  );
}

function saysError(message: string): boolean {
  if (!message.startsWith("{")) return false;
  try {
    const value = JSON.parse(message) as { readonly code?: unknown };
    return typeof value.code === "number" && value.code > 0;
  } catch {
    return false;
  }
}
