import type { Logger } from "../base/logger.js";
import type { Random } from "../base/environment.js";
import { errorStatus, toErrorCode, type ErrorCode } from "../base/error-code.js";
import { RpcError } from "../base/error.js";
import type { ErrorDetail } from "../base/error-detail.js";
import { rpcError } from "../base/errors.js";

/** A class of errors that finds itself again at the caller, by its static `type`. */
export interface ErrorClass {
  readonly type: string | undefined;
  readonly prototype: RpcError;
  readonly name: string;
}

/** Error classes of an app by their stable type. */
export type ErrorClasses = ReadonlyMap<string, ErrorClass>;

/** Indexes classes. @throws TypeError for a class without a type, and for two of one type. */
export function errorClasses(classes: readonly ErrorClass[]): Map<string, ErrorClass> {
  const byType = new Map<string, ErrorClass>();
  for (const Class of classes) {
    if (!Class.type) {
      throw new TypeError(
        `${Class.name} needs \`static override readonly type = "..."\` to be known by its callers`,
      );
    }
    const other = byType.get(Class.type);
    if (other && other !== Class) {
      throw new TypeError(
        `error type ${Class.type} belongs to both ${other.name} and ${Class.name}`,
      );
    }
    byType.set(Class.type, Class);
  }
  return byType;
}

/** The error as go-micro's JSON, on one line, with our optional additions. */
export function encodeError(error: RpcError): string {
  return JSON.stringify({
    id: error.id,
    code: error.code,
    detail: error.detail,
    status: errorStatus[error.code],
    type: error.type,
    reason: error.reason,
    data: error.data,
    retry: error.retry,
    details: error.details?.map(({ type, value }) => ({
      type,
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
    })),
  });
}

/**
 * What a caller may know of a thrown value: an RpcError as it is, with `id` filled in; anything else
 * hidden behind a 500 whose incident number stands in the log beside the real error.
 */
export function toRpcError(
  thrown: unknown,
  where: { readonly id: string; readonly endpoint: string },
  environment: { readonly logger: Logger; readonly random: Random },
): RpcError {
  if (thrown instanceof RpcError) {
    if (thrown.id) return thrown;
    const named = Object.create(thrown, { id: { value: where.id, enumerable: true } }) as RpcError;
    return named;
  }
  const incident = environment.random.uuid().slice(0, 8);
  environment.logger.error(`${where.endpoint} failed`, {
    incident,
    service: where.id,
    error: describe(thrown),
  });
  return rpcError(500, `internal error, incident ${incident}`, {
    id: where.id,
    reason: "handler.unexpected",
    data: { incident },
    cause: thrown,
  });
}

/** A thrown value for the log. */
export function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.stack ?? `${thrown.name}: ${thrown.message}`;
  try {
    return typeof thrown === "string" ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return String(thrown);
  }
}

const reserved = new Set([
  "name",
  "message",
  "stack",
  "cause",
  "code",
  "id",
  "detail",
  "status",
  "reason",
  "data",
  "retry",
  "details",
  "type",
  "constructor",
  "__proto__",
  "prototype",
]);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What an error says on the wire. */
export interface WireError {
  readonly id: string;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly reason?: string | undefined;
  readonly retry?: "safe" | "never" | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
  /** Of a user's class. A known one gives an instance of it, with `data`'s names as properties. */
  readonly type?: string | undefined;
}

/** The error that a peer told of. */
export function makeError(
  { id, code, detail, reason, retry, data, details, type }: WireError,
  classes: ErrorClasses,
): RpcError {
  const error = rpcError(code, detail, {
    id,
    ...(reason && { reason }),
    ...(retry && { retry }),
    ...(data && { data }),
    ...(details && { details }),
  });
  return type ? asType(error, type, classes.get(type)) : error;
}

/**
 * The error of a `Micro-Error` text. Text that is no error JSON becomes the detail of a 500, as in
 * go-micro. `beside` are details that came in another place.
 */
export function decodeError(
  line: string,
  id: string,
  classes: ErrorClasses,
  beside?: readonly ErrorDetail[],
): RpcError {
  const wire = parseObject(line);
  if (!wire) return rpcError(500, line || "the peer gave no reason", { id, reason: "peer.error" });
  const code = toErrorCode(typeof wire["code"] === "number" ? wire["code"] : 500);
  const { data, retry } = wire;
  return makeError(
    {
      id: text(wire["id"]) || id,
      code,
      detail: text(wire["detail"]) || errorStatus[code],
      reason: text(wire["reason"]),
      retry: retry === "safe" || retry === "never" ? retry : undefined,
      data:
        typeof data === "object" && data !== null ? (data as Record<string, unknown>) : undefined,
      details: readDetails(wire["details"]) ?? beside,
      type: text(wire["type"]),
    },
    classes,
  );
}

function readDetails(value: unknown): readonly ErrorDetail[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.flatMap((each: unknown): ErrorDetail[] => {
    const { type, value: bytes } = (each ?? {}) as Readonly<Record<string, unknown>>;
    return typeof type === "string" && typeof bytes === "string"
      ? [{ type, value: new Uint8Array(Buffer.from(bytes, "base64")) }]
      : [];
  });
}

function asType(error: RpcError, type: string, Class: ErrorClass | undefined): RpcError {
  Object.defineProperty(error, "type", { value: type, enumerable: true });
  if (!Class) return error;
  // Neither what an error is made of nor what every object can do: a peer cannot take `toString` away.
  const own = Object.entries(error.data ?? {}).filter(
    ([name]) => !reserved.has(name) && !(name in error),
  );
  Object.setPrototypeOf(error, Class.prototype);
  Object.defineProperty(error, "name", { value: Class.name, configurable: true, writable: true });
  for (const [name, value] of own)
    Object.defineProperty(error, name, { value, enumerable: true, configurable: true });
  return error;
}
