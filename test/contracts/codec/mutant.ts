import type { Codec } from "../../../src/codec/codec.js";
import type { CodecSupports } from "./support.js";

/** A codec made wrong on purpose, to prove that a clause notices. */
export interface CodecMutant {
  /** Reads after "a codec that". */
  readonly name: string;
  /** Title of the clause that it must fail. */
  readonly kills: string;
  /** What the correct codec underneath must support for the clause to run. */
  readonly on: CodecSupports;
  /** Breaks a correct codec. */
  readonly mutate: (codec: Codec) => Codec;
}

/** A codec that does as `codec` but for `changes`. */
export const changed = (codec: Codec, changes: Partial<Codec>): Codec => ({
  name: codec.name,
  contentTypes: codec.contentTypes,
  schemaless: codec.schemaless,
  enveloped: codec.enveloped,
  readHeader: (bytes, kind) => codec.readHeader(bytes, kind),
  readBody: (bytes, kind, type) => codec.readBody(bytes, kind, type),
  write: (header, kind, value, type) => codec.write(header, kind, value, type),
  close: () => codec.close(),
  ...changes,
});

/** Values on the way out of `readBody`, changed by `change`. */
export const reading =
  (change: (value: unknown, bytes: Uint8Array) => unknown): CodecMutant["mutate"] =>
  (codec) =>
    changed(codec, {
      readBody: (bytes, kind, type) => change(codec.readBody(bytes, kind, type), bytes),
    });

/** Values on the way into `write`, changed by `change`. */
export const writing =
  (change: (value: unknown) => unknown): CodecMutant["mutate"] =>
  (codec) =>
    changed(codec, {
      write: (header, kind, value, type) => codec.write(header, kind, change(value), type),
    });

/** A copy of an object, each property changed by `change`; other values as they are. */
export function mapped(value: unknown, change: (value: unknown, name: string) => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, change(of, name)]));
}

/** As {@link mapped}, through all levels. */
export function deeply(value: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => deeply(item, change));
  const isObject = typeof value === "object" && value !== null && !(value instanceof Uint8Array);
  return isObject ? mapped(value, (of) => deeply(of, change)) : change(value);
}
