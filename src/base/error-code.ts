/**
 * The closed list of error codes: HTTP's numbers, as go-micro uses them.
 * Source of the texts: RFC 9110 section 15, RFC 6585, and nginx's 499 for a caller that went away.
 */
export const errorStatus = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  499: "Client Closed Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

/** One of the codes of {@link errorStatus}. */
export type ErrorCode = keyof typeof errorStatus;

/** The code itself when it is on the list, else the nearest: 400 for other 4xx, 500 for the rest. */
export function toErrorCode(value: number): ErrorCode {
  if (value in errorStatus) return value as ErrorCode;
  return value >= 400 && value < 500 ? 400 : 500;
}
