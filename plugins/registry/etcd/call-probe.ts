import type { Etcd3 } from "etcd3";
import { grpcCode, type GrpcStatus } from "./grpc-status.js";

/** Options of one call, as etcd3 hands them to gRPC. */
export type CallOptions = NonNullable<Parameters<Etcd3["kv"]["range"]>[1]>;

/** What is used of gRPC's call below an interceptor. */
interface GrpcCall {
  start(headers: GrpcHeaders, listener?: GrpcListener): void;
  cancelWithStatus(code: number, details: string): void;
}
interface GrpcHeaders {
  set(name: string, value: string): void;
}
interface GrpcListener {
  onReceiveMetadata?(headers: unknown): void;
  onReceiveMessage?(message: unknown): void;
  onReceiveStatus?(status: GrpcStatus): void;
}

/**
 * Sits between etcd3 and gRPC for one call: adds headers, learns the true status, can cancel.
 *
 * etcd3 is shown a plain failure. Were it shown the status, it would answer some by closing every
 * channel of the client, running streams included, and an expired token by asking without end.
 */
export class CallProbe {
  /** How the call failed; undefined as long as it has not. */
  status: GrpcStatus | undefined;
  readonly options: CallOptions;
  #call: GrpcCall | undefined;
  #canceled = false;

  constructor(private readonly headers: Readonly<Record<string, string>>) {
    const intercept = (options: unknown, next: (options: unknown) => GrpcCall): GrpcCall =>
      this.#watch(next(options));
    this.options = { interceptors: [intercept] } as unknown as CallOptions;
  }

  /** Ends the call, whether it has begun or not. */
  cancel(): void {
    this.#canceled = true;
    this.#call?.cancelWithStatus(grpcCode.canceled, "canceled");
  }

  #watch(call: GrpcCall): GrpcCall {
    this.#call = call;
    const start = call.start.bind(call);
    call.start = (headers, listener = {}) => {
      for (const [name, value] of Object.entries(this.headers)) headers.set(name, value);
      start(headers, {
        onReceiveMetadata: (received) => listener.onReceiveMetadata?.(received),
        onReceiveMessage: (message) => listener.onReceiveMessage?.(message),
        onReceiveStatus: (status) => listener.onReceiveStatus?.(this.#shown(status)),
      });
      if (this.#canceled) this.cancel();
    };
    return call;
  }

  #shown(status: GrpcStatus): GrpcStatus {
    const { code, details } = status;
    if (code === grpcCode.ok) return status;
    this.status = { code, details };
    return { ...status, code: grpcCode.failedPrecondition, details: "failed" };
  }
}
