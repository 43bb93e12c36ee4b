import { fileURLToPath, URL } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

export const protoPath = fileURLToPath(new URL("greeter.proto", import.meta.url));

/** The package of greeter.proto as grpc-js wants it. */
export const greeterPackage = () => grpc.loadPackageDefinition(loadSync(protoPath)).bench;
