import type { Metadata } from "@grpc/grpc-js";
import { unpadded } from "../../../src/spi.js";
import type { GrpcModule } from "./load-grpc.js";

/** Makes metadata that goes out under a content type of its own. */
export type MakeMetadata = (contentType: string) => Metadata;

/**
 * grpc-js calls every request `application/grpc`, over whatever the metadata says, and go-micro's
 * servers choose their codec by that header. So the headers of this metadata do not let go of theirs.
 * They are sent without the padding that grpc-js puts to base64.
 */
export function typedMetadata({ Metadata: Plain }: GrpcModule): MakeMetadata {
  class TypedMetadata extends Plain {
    constructor(private readonly contentType: string) {
      super();
    }

    override clone(): Metadata {
      const copy = new TypedMetadata(this.contentType);
      copy.setOptions(this.getOptions());
      copy.merge(this);
      return copy;
    }

    override toHttp2Headers(): ReturnType<Metadata["toHttp2Headers"]> {
      const { contentType } = this;
      return Object.defineProperty(unpadded(super.toHttp2Headers()), "content-type", {
        enumerable: true,
        get: () => contentType,
        set: () => undefined,
      });
    }
  }
  return (contentType) => new TypedMetadata(contentType);
}
