import type { Logger } from "../base/logger.js";
import type { Metadata } from "../base/metadata.js";
import type { CallOptions } from "../call/call-options.js";
import { describe } from "../call/error-wire.js";
import type { ReplyListener } from "./carrier.js";

/** Keeps what one attempt hears beside its replies, for its caller if it is the attempt that counts. */
export class HeardMetadata implements ReplyListener {
  #headers: Metadata | undefined;
  #trailers: Metadata | undefined;
  #counts = false;
  readonly #told = new Set<unknown>();

  constructor(
    private readonly options: CallOptions,
    private readonly logger: Logger,
  ) {}

  headers(metadata: Metadata): void {
    this.#headers ??= metadata;
    if (this.#counts) this.#tell();
  }

  trailers(metadata: Metadata): void {
    this.#trailers ??= metadata;
    if (this.#counts) this.#tell();
  }

  /** The attempt is not made again: its caller is told what came, and what is still to come. */
  counts(): void {
    this.#counts = true;
    this.#tell();
  }

  #tell(): void {
    const { onHeaders, onTrailers } = this.options;
    if (onHeaders && this.#headers) this.#once(onHeaders, this.#headers);
    if (onTrailers && this.#trailers) this.#once(onTrailers, this.#trailers);
  }

  #once(listener: (metadata: Metadata) => void, metadata: Metadata): void {
    if (this.#told.has(metadata)) return;
    this.#told.add(metadata);
    try {
      listener(metadata);
    } catch (error) {
      this.logger.warn("onHeaders or onTrailers of a call threw", { error: describe(error) });
    }
  }
}

/** Whether a caller wants to hear anything. */
export const listens = ({ onHeaders, onTrailers }: CallOptions): boolean =>
  onHeaders !== undefined || onTrailers !== undefined;
