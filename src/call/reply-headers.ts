import { newMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";
import { header } from "./headers.js";

/** Begins the names of trailers in the headers of the message that ends a call. */
const trailerPrefix = "plugboard-trailer-";

/** Puts a handler's headers among those of its first message, and names them, since go-micro's servers echo others. */
export function writeReplyHeaders(headers: Metadata, into: MutableMetadata): void {
  for (const name in headers) into[name] = headers[name]!;
  into[header.replyHeaders] = Object.keys(headers).join(",");
}

/** The way back; undefined when the handler has set none. */
export function readReplyHeaders(message: Metadata): Metadata | undefined {
  const names = message[header.replyHeaders];
  if (names === undefined) return undefined;
  const headers = newMetadata();
  for (const name of names.split(",")) {
    const value = message[name];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/** Puts a handler's trailers among the headers of the message that ends its call. */
export function writeReplyTrailers(trailers: Metadata, into: MutableMetadata): void {
  for (const name in trailers) into[trailerPrefix + name] = trailers[name]!;
}

/** The way back; undefined when the handler has set none. */
export function readReplyTrailers(message: Metadata): Metadata | undefined {
  let trailers: MutableMetadata | undefined;
  for (const name in message)
    if (name.startsWith(trailerPrefix))
      (trailers ??= newMetadata())[name.slice(trailerPrefix.length)] = message[name]!;
  return trailers;
}
