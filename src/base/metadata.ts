/**
 * Names and values that travel with a call or an event. Names are lower-case; values are any text
 * without CR or LF. Inherits nothing, so no name can reach `Object.prototype`.
 */
export type Metadata = Readonly<Record<string, string>>;

/** Metadata that can still be written to. */
export type MutableMetadata = Record<string, string>;

/**
 * What metadata is made by. Its prototype is empty and has none of its own: as safe as
 * `Object.create(null)`, which V8 keeps as a hash table, several times dearer to fill and to read.
 */
const Bag = function () {} as unknown as new () => MutableMetadata;
Bag.prototype = Object.freeze(Object.create(null) as MutableMetadata);

/** Empty metadata. */
export const newMetadata = (): MutableMetadata => new Bag();

/** The one empty metadata. */
export const noMetadata: Metadata = Object.freeze(newMetadata());

/** A copy with lower-case names that inherits nothing; undefined values are left out. */
export function toMetadata(values: Readonly<Record<string, string | undefined>>): MutableMetadata {
  const metadata = newMetadata();
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value !== undefined) metadata[name.toLowerCase()] = value;
  }
  return metadata;
}
