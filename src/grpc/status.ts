import type { ErrorCode } from "../base/error-code.js";
import type { RpcError } from "../base/error.js";

/** gRPC's status codes that are used here. */
export const grpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** go-micro's table (wire.md 4), and the nearest for codes that it leaves at `UNKNOWN`. */
const statusOf: Readonly<Record<ErrorCode, number>> = {
  400: grpcStatus.invalidArgument,
  401: grpcStatus.unauthenticated,
  403: grpcStatus.permissionDenied,
  404: grpcStatus.notFound,
  405: grpcStatus.unimplemented,
  408: grpcStatus.deadlineExceeded,
  409: grpcStatus.alreadyExists,
  412: grpcStatus.failedPrecondition,
  413: grpcStatus.resourceExhausted,
  415: grpcStatus.invalidArgument,
  429: grpcStatus.resourceExhausted,
  431: grpcStatus.resourceExhausted,
  499: grpcStatus.cancelled,
  500: grpcStatus.internal,
  501: grpcStatus.unimplemented,
  502: grpcStatus.unavailable,
  503: grpcStatus.unavailable,
  504: grpcStatus.deadlineExceeded,
};

const codeOf: Readonly<Record<number, ErrorCode>> = {
  [grpcStatus.cancelled]: 499,
  [grpcStatus.unknown]: 500,
  [grpcStatus.invalidArgument]: 400,
  [grpcStatus.deadlineExceeded]: 408,
  [grpcStatus.notFound]: 404,
  [grpcStatus.alreadyExists]: 409,
  [grpcStatus.permissionDenied]: 403,
  [grpcStatus.resourceExhausted]: 429,
  [grpcStatus.failedPrecondition]: 412,
  [grpcStatus.aborted]: 409,
  [grpcStatus.outOfRange]: 400,
  [grpcStatus.unimplemented]: 501,
  [grpcStatus.internal]: 500,
  [grpcStatus.unavailable]: 503,
  [grpcStatus.dataLoss]: 500,
  [grpcStatus.unauthenticated]: 401,
};

/** Reasons of the statuses that share their code with another, so that they can be told apart and sent. */
const reasonOf: Readonly<Record<number, string>> = {
  [grpcStatus.unknown]: "grpc.unknown",
  [grpcStatus.aborted]: "grpc.aborted",
  [grpcStatus.outOfRange]: "grpc.out-of-range",
  [grpcStatus.dataLoss]: "grpc.data-loss",
};

/** Statuses that a reason alone tells; of the router's, what gRPC says when nobody serves it. */
const statusOfReason: Readonly<Record<string, number>> = {
  "grpc.unknown": grpcStatus.unknown,
  "grpc.aborted": grpcStatus.aborted,
  "grpc.out-of-range": grpcStatus.outOfRange,
  "grpc.data-loss": grpcStatus.dataLoss,
  "codec.unknown-type": grpcStatus.unimplemented,
  "server.many-requests": grpcStatus.unimplemented,
  "server.no-request": grpcStatus.unimplemented,
  "router.unknown-service": grpcStatus.unimplemented,
  "router.unknown-method": grpcStatus.unimplemented,
  "router.ill-formed": grpcStatus.invalidArgument,
};

/** The status that an error goes out with. */
export const toGrpcStatus = ({ code, reason }: RpcError): number =>
  statusOfReason[reason ?? ""] ?? statusOf[code];

/** The code of a status that came without an error of ours or go-micro's. */
export const fromGrpcStatus = (status: number): ErrorCode => codeOf[status] ?? 500;

/** The reason of an error made from such a status. */
export const reasonOfGrpcStatus = (status: number): string => reasonOf[status] ?? "peer.error";

/** Reasons of what every server of gRPC says in bare words: nobody serves it, it cannot be read, it is too large, time is up. */
const bare =
  /^(codec|router)\.|^server\.(many-requests|no-request|timeout)$|^transport\.too-large$/;

/** Whether an error goes to strangers without details. */
export const isBareStatus = ({ reason = "" }: RpcError): boolean => bare.test(reason);
