import type { RpcError } from "../base/error.js";
import type { ErrorDetail } from "../base/error-detail.js";
import type { Codec } from "../codec/codec.js";
import { messageTypes } from "../codec/message-types.js";

/** The messages of google/rpc/error_details.proto that say what our errors say. */
const types = messageTypes({
  messages: {
    "google.rpc.ErrorInfo": [
      { name: "reason", number: 1, type: "string" },
      { name: "domain", number: 2, type: "string" },
      { name: "metadata", number: 3, type: "string", rule: "map", mapKey: "string" },
    ],
    "google.rpc.RetryInfo": [{ name: "retryDelay", number: 1, type: "google.protobuf.Duration" }],
    "google.protobuf.Duration": [
      { name: "seconds", number: 1, type: "int64" },
      { name: "nanos", number: 2, type: "int32" },
    ],
    "google.rpc.BadRequest": [
      {
        name: "fieldViolations",
        number: 1,
        type: "google.rpc.BadRequest.FieldViolation",
        rule: "repeated",
      },
    ],
    "google.rpc.BadRequest.FieldViolation": [
      { name: "field", number: 1, type: "string" },
      { name: "description", number: 2, type: "string" },
    ],
  },
});

/** What `google.rpc.ErrorInfo` says. */
interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * What an error says in the words of google.rpc: its reason, service and plain facts as ErrorInfo, that
 * it is safe to retry as RetryInfo without a delay, the faults of a request as BadRequest.
 */
export function standardDetails(error: RpcError, codec: Codec): ErrorDetail[] {
  const pack = (type: keyof typeof types, value: unknown): ErrorDetail => ({
    type,
    value: codec.write({}, "response", value, types[type]),
  });
  const details: ErrorDetail[] = [];
  const { reason, id: domain, retry } = error;
  if (reason !== undefined)
    details.push(pack("google.rpc.ErrorInfo", { reason, domain, metadata: factsOf(error) }));
  if (retry === "safe") details.push(pack("google.rpc.RetryInfo", { retryDelay: {} }));
  const fieldViolations = violationsOf(error);
  if (fieldViolations) details.push(pack("google.rpc.BadRequest", { fieldViolations }));
  return details;
}

/** What the ErrorInfo among details says; undefined without one. */
export function readErrorInfo(
  details: readonly ErrorDetail[],
  codec: Codec,
): ErrorInfo | undefined {
  const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
  return (
    info && (codec.readBody(info.value, "response", types["google.rpc.ErrorInfo"]) as ErrorInfo)
  );
}

/** The data of an error as far as it is plain values, and the type of its class. */
function factsOf({ data = {}, type }: RpcError): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(data))
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      facts[name] = String(value).replace(lone, "\ufffd");
  if (type !== undefined) facts["type"] = type;
  return facts;
}

/** The faults of a value that failed its schema; undefined for other errors. */
function violationsOf({ code, reason, data }: RpcError): unknown[] | undefined {
  const issues: unknown = data?.["issues"];
  const fields: unknown = data?.["fields"];
  if (code !== 400 || reason !== "schema.invalid" || !Array.isArray(issues)) return undefined;
  const texts = (values: readonly unknown[]): string[] =>
    values.map((value) => (typeof value === "string" ? value.replace(lone, "\ufffd") : ""));
  const names = Array.isArray(fields) ? texts(fields as unknown[]) : [];
  return texts(issues as unknown[]).map((issue, index) => {
    const field = names[index] ?? "";
    const described = field !== "" && issue.startsWith(`${field}: `);
    return { field, description: described ? issue.slice(field.length + 2) : issue };
  });
}

/** Half of a surrogate pair is no text that protobuf can hold. */
const lone = /[\ud800-\udfff]/gu;
