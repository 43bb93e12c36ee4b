import type * as grpc from "@grpc/grpc-js";
import { NotImplemented } from "../../../src/spi.js";

/** The package `@grpc/grpc-js`. */
export type GrpcModule = typeof grpc;

/** The version that this plugin was tried with. */
const version = "1.14.7";

/**
 * Loads the package `@grpc/grpc-js`, which is not a dependency of this one: who does not use gRPC does not get it.
 * @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadGrpc(
  load: () => Promise<unknown> = () => import("@grpc/grpc-js"),
): Promise<GrpcModule> {
  try {
    const loaded = (await load()) as GrpcModule & { readonly default?: GrpcModule };
    // A CommonJS module seen through `import()` may have its exports under `default` alone.
    return "Metadata" in loaded ? loaded : (loaded as { readonly default: GrpcModule }).default;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `the gRPC client needs the package @grpc/grpc-js, which is not installed: npm install @grpc/grpc-js@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
