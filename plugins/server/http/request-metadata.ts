import type { IncomingHttpHeaders } from "node:http";
import {
  fromHeaderText,
  incomingMetadata,
  newMetadata,
  type MutableMetadata,
} from "../../../src/spi.js";
import { requestTimeout } from "./request-timeout.js";

/** What browsers and proxies say about the exchange, not about the call. */
const noise = new Set([
  "cache-control",
  "dnt",
  "origin",
  "pragma",
  "priority",
  "range",
  "referer",
  requestTimeout,
  "upgrade-insecure-requests",
]);
const families = /^(?:sec|if|content|access-control)-/;

/**
 * What a handler sees of a request's headers: names in lower case, repeated ones joined, without the
 * names of HTTP itself and without what browsers add of their own.
 */
export function requestMetadata(headers: IncomingHttpHeaders): MutableMetadata {
  const texts = newMetadata();
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || noise.has(name) || families.test(name)) continue;
    texts[name] = fromHeaderText(typeof value === "string" ? value : value.join(", "));
  }
  return incomingMetadata(texts);
}
