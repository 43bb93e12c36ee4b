import { grpcClient, type GrpcClientOptions } from "../../plugins/client/grpc/index.js";
import { grpcServer, type GrpcServerOptions } from "../../plugins/server/grpc/index.js";
import { greeterApp, type GreeterApp, type GreeterAppOptions } from "./greeter-app.js";

/** How a {@link grpcApp} is made. */
export interface GrpcAppOptions extends Pick<GreeterAppOptions, "handlers" | "errors"> {
  readonly server?: GrpcServerOptions;
  readonly client?: GrpcClientOptions;
}

/** A process that serves `greeter` over gRPC on a free port of this machine, in the real world. */
export const grpcApp = ({ server, client, ...others }: GrpcAppOptions = {}): Promise<GrpcApp> =>
  greeterApp({
    ...others,
    client: grpcClient(client),
    server: grpcServer({ address: "127.0.0.1:0", ...server }),
  });

/** What {@link grpcApp} makes. */
export type GrpcApp = GreeterApp;
