import type * as grpc from "@grpc/grpc-js";
import { loadPackage } from "../../../src/spi.js";

/** The package `@grpc/grpc-js`. */
export type GrpcModule = typeof grpc;

/** Loads it. @throws NotImplemented (`plugin.package-missing`) when it is not installed. */
export const loadGrpc = (
  load: () => Promise<unknown> = () => import("@grpc/grpc-js"),
): Promise<GrpcModule> =>
  loadPackage(load, {
    name: "@grpc/grpc-js",
    version: "1.14.7",
    neededBy: "the gRPC server",
    exported: "Metadata",
  });
