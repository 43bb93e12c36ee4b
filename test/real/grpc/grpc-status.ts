import { rpcError, type RpcError } from "plugboard";
import { fromGrpcStatus, reasonOfGrpcStatus } from "plugboard/spi";

/** The error that goes out with a status of gRPC. */
export const statusError = (status: number, detail: string): RpcError =>
  rpcError(fromGrpcStatus(status), detail, { reason: reasonOfGrpcStatus(status) });
