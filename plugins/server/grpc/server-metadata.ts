import type { Metadata } from "@grpc/grpc-js";
import { unpadded } from "../../../src/spi.js";
import type { GrpcModule } from "./load-grpc.js";

/** Makes metadata of replies; `quiet` for that of a call that ends well. */
export type MakeServerMetadata = (quiet?: boolean) => Metadata;

/**
 * grpc-js ends calls that went well with `grpc-message: OK`, which only failures have, and pads its
 * base64. Its headers of a status are overlaid with those of the metadata, so these put it right.
 */
export function serverMetadata({ Metadata: Plain }: GrpcModule): MakeServerMetadata {
  class ServerMetadata extends Plain {
    constructor(private readonly quiet: boolean) {
      super();
    }

    override clone(): Metadata {
      const copy = new ServerMetadata(this.quiet);
      copy.setOptions(this.getOptions());
      copy.merge(this);
      return copy;
    }

    override toHttp2Headers(): ReturnType<Metadata["toHttp2Headers"]> {
      const headers = unpadded(super.toHttp2Headers());
      if (this.quiet) Object.assign(headers, { "grpc-message": undefined });
      return headers;
    }
  }
  return (quiet = false) => new ServerMetadata(quiet);
}
