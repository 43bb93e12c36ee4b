import {
  Canceled,
  ContentTooLarge,
  Forbidden,
  InternalServerError,
  NotFound,
  RpcError,
  Unauthorized,
  Unavailable,
} from "../../../src/spi.js";

/** How a call to etcd failed, in gRPC's words. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** The numbers of gRPC that are acted on. */
export const grpcCode = {
  ok: 0,
  canceled: 1,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unauthenticated: 16,
} as const;

/** Failures for which another member, or a second attempt, may do better: the server's or the network's. */
const unreachableCodes = new Set([1, 2, 4, 8, 10, 13, 14, 15]);

/** A failed call as an error of ours; {@link statusOf} gets the status back. */
export function statusError(status: GrpcStatus, address: string): RpcError {
  const { code, details } = status;
  const detail = `registry etcd: ${address}: ${details}`;
  if (unreachableCodes.has(code)) return unreachable(address, details, status);
  const options = { retry: "never", cause: status } as const;
  const unauthorized =
    code === grpcCode.unauthenticated || /authentication failed|user name is empty/.test(details);
  if (unauthorized)
    return new Unauthorized(detail, { ...options, reason: "registry.unauthorized" });
  if (code === grpcCode.permissionDenied)
    return new Forbidden(detail, { ...options, reason: "registry.forbidden" });
  if (code === grpcCode.invalidArgument && details.includes("too large"))
    return new ContentTooLarge(detail, { ...options, reason: "registry.too-large" });
  if (code === grpcCode.notFound) return new NotFound(detail, options);
  return new InternalServerError(detail, options);
}

/** etcd does not answer, or cannot. */
export const unreachable = (address: string, why: string, cause?: unknown): Unavailable =>
  new Unavailable(`registry etcd: ${address}: ${why}`, {
    reason: "registry.unreachable",
    retry: "safe",
    ...(cause === undefined ? {} : { cause }),
  });

/** After `close`. */
export const closedError = (): Unavailable =>
  new Unavailable("the registry is closed", { reason: "registry.closed" });

/** The signal that came with a request has aborted. */
export const canceledError = (signal: AbortSignal): Canceled =>
  new Canceled("canceled", { cause: signal.reason });

/** Whether trying again, or elsewhere, may help. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof RpcError && error.reason === "registry.unreachable";

/** Whether the trouble is with what is asked for, so that another connection would not help. */
export const isOverloaded = (error: unknown): boolean =>
  statusOf(error)?.code === grpcCode.resourceExhausted;

/** What etcd said, for an error that {@link statusError} made. */
export function statusOf(error: unknown): GrpcStatus | undefined {
  if (!(error instanceof RpcError)) return undefined;
  const cause = error.cause as Partial<GrpcStatus> | undefined;
  return typeof cause?.code === "number" && typeof cause.details === "string"
    ? (cause as GrpcStatus)
    : undefined;
}
