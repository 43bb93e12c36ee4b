import {
  newMetadata,
  toHeaderText,
  writeReplyTrailers,
  type Metadata,
  type MutableMetadata,
} from "../../../src/spi.js";

/** What a handler says beside its replies, as headers: trailers under names of their own, where they go with them. */
export function replyTexts(headers: Metadata = {}, trailers: Metadata = {}): MutableMetadata {
  const all = newMetadata();
  for (const name in headers) all[name] = headers[name]!;
  writeReplyTrailers(trailers, all);
  const texts = newMetadata();
  for (const name in all) texts[name] = toHeaderText(all[name]!);
  return texts;
}
