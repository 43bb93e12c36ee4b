/**
 * Names and values that travel with a call or an event. Names are lower-case; values are any text
 * without CR or LF. Made without a prototype, so no name can reach `Object.prototype`.
 */
export type Metadata = Readonly<Record<string, string>>;

/** Metadata that can still be written to. */
export type MutableMetadata = Record<string, string>;

/** Empty metadata without a prototype. */
export const newMetadata = (): MutableMetadata => Object.create(null) as MutableMetadata;

/** The one empty metadata. */
export const noMetadata: Metadata = Object.freeze(newMetadata());

/** A copy with lower-case names and without a prototype; undefined values are left out. */
export function toMetadata(values: Readonly<Record<string, string | undefined>>): MutableMetadata {
  const metadata = newMetadata();
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value !== undefined) metadata[name.toLowerCase()] = value;
  }
  return metadata;
}
