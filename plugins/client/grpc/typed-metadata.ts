import type { Metadata } from "@grpc/grpc-js";
import { unpadded } from "../../../src/spi.js";
import type { GrpcModule } from "./load-grpc.js";

/** Content types remembered. */
const mostHeld = 64;

/** Makes metadata that goes out under a content type of its own. */
export type MakeMetadata = (contentType: string) => Metadata;

/**
 * grpc-js calls every request `application/grpc`, over whatever the metadata says, and go-micro's
 * servers choose their codec by that header. So the headers of this metadata do not let go of theirs.
 * They are sent without the padding that grpc-js puts to base64.
 */
export function typedMetadata({ Metadata: Plain }: GrpcModule): MakeMetadata {
  const held = new Map<string, PropertyDescriptor>();

  /**
   * A property that stays what it is. The same one for the same content type: with functions of its own
   * each headers object would have a shape of its own, and whatever reads it would be compiled again.
   */
  const heldTo = (contentType: string): PropertyDescriptor => {
    let property = held.get(contentType);
    if (!property) {
      if (held.size >= mostHeld) held.clear();
      property = { enumerable: true, get: () => contentType, set: () => undefined };
      held.set(contentType, property);
    }
    return property;
  };

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
      const headers = unpadded(super.toHttp2Headers());
      return Object.defineProperty(headers, "content-type", heldTo(this.contentType));
    }
  }
  return (contentType) => new TypedMetadata(contentType);
}
