import { UnsupportedMediaType } from "../base/errors.js";
import type { Codec } from "./codec.js";

/** The codecs of an app, found by content type. Injectable. */
export class Codecs {
  readonly #byType = new Map<string, Codec>();

  /** A content type claimed twice goes to the codec listed first. */
  constructor(readonly all: readonly Codec[]) {
    for (const codec of all) {
      for (const type of codec.contentTypes) {
        if (!this.#byType.has(type)) this.#byType.set(type, codec);
      }
    }
  }

  /** Whether a content type is known; compared whole, in lower case. */
  has(contentType: string): boolean {
    return this.#byType.has(contentType);
  }

  /** @throws UnsupportedMediaType `codec.unknown-type` that lists what is known. */
  get(contentType: string): Codec {
    const codec = this.#byType.get(contentType) ?? this.#byType.get(contentType.toLowerCase());
    if (codec) return codec;
    throw new UnsupportedMediaType(
      `Unsupported Content-Type: ${contentType}; known here: ${[...this.#byType.keys()].join(", ")}`,
      { reason: "codec.unknown-type", retry: "never" },
    );
  }

  async close(): Promise<void> {
    for (const codec of this.all) await codec.close();
  }
}
