import { grpcStatus } from "../../../src/spi.js";

const codes: Readonly<Record<number, number>> = {
  400: grpcStatus.internal,
  401: grpcStatus.unauthenticated,
  403: grpcStatus.permissionDenied,
  404: grpcStatus.unimplemented,
  429: grpcStatus.unavailable,
  502: grpcStatus.unavailable,
  503: grpcStatus.unavailable,
  504: grpcStatus.unavailable,
};

/** gRPC's table for answers of HTTP servers that know nothing of it. */
export const codeOfHttpStatus = (status: number): number => codes[status] ?? grpcStatus.unknown;
