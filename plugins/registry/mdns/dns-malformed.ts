import { BadRequest } from "../../../src/spi.js";

/** The one error of reading and writing DNS: 400, reason `registry.dns-malformed`. */
export const dnsMalformed = (detail: string): BadRequest =>
  new BadRequest(detail, { reason: "registry.dns-malformed", retry: "never" });
