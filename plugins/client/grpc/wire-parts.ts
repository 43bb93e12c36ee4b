import type { Codecs, ErrorClasses } from "../../../src/spi.js";

/** What the calls of one client have in common. */
export interface WireParts {
  readonly codecs: Codecs;
  readonly errors: ErrorClasses;
  /** What the caller's service is called. */
  readonly from: string;
  /** Bytes of one reply. */
  readonly maxMessageBytes: number;
  /** How requests go. */
  readonly compression: "identity" | "gzip";
}
