import { BadRequest } from "../../../src/base/errors.js";
import { changed, mapped, reading, type CodecMutant } from "./mutant.js";

const on = { messages: true, schemaless: false, envelope: false } as const;
const unwritable = () => new BadRequest("does not fit", { reason: "codec.unwritable" });

/** Breaks what keeps a codec safe. */
export const safetyMutants: readonly CodecMutant[] = [
  {
    name: "needs at least one byte",
    kills: "an empty request body is the zero value",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          if (bytes.byteLength === 0) throw new BadRequest("empty", { reason: "codec.malformed" });
          return codec.readBody(bytes, kind, type);
        },
      }),
  },
  {
    name: "lets its library's errors out",
    kills: "bytes that are no message fail with a typed error of the codec and in no other way",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          try {
            return codec.readBody(bytes, kind, type);
          } catch (error) {
            throw new RangeError("index out of range", { cause: error });
          }
        },
      }),
  },
  {
    name: "reads garbage as an empty message",
    kills: "a body that is cut short is no other message",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          try {
            return codec.readBody(bytes, kind, type);
          } catch {
            return codec.readBody(new Uint8Array(0), "request", type);
          }
        },
      }),
  },
  {
    name: "does not say which field is wrong",
    kills: "what a type cannot hold is refused by the field's path",
    on,
    mutate: (codec) =>
      changed(codec, {
        write(header, kind, value, type) {
          try {
            return codec.write(header, kind, value, type);
          } catch {
            throw unwritable();
          }
        },
      }),
  },
  {
    name: "bends numbers until they fit",
    kills: "what a type cannot hold is refused by the field's path",
    on,
    mutate: (codec) =>
      changed(codec, {
        write: (header, kind, value, type) => {
          const bend = (of: unknown, name: string) =>
            name === "anInt32" && typeof of === "number" ? of | 0 : of;
          return codec.write(header, kind, mapped(value, bend), type);
        },
      }),
  },
  {
    name: "follows a value for ever",
    kills: "a value that holds itself is refused",
    on,
    mutate: (codec) =>
      changed(codec, {
        write(header, kind, value, type) {
          const follow = (of: unknown): void => {
            if (typeof of === "object" && of !== null && !(of instanceof Uint8Array))
              Object.values(of).forEach(follow);
          };
          follow(value);
          return codec.write(header, kind, value, type);
        },
      }),
  },
  {
    name: "hands out the caller's own bytes",
    kills: "the bytes it reads are neither changed nor kept",
    on,
    mutate: reading((value, bytes) =>
      mapped(value, (of) => {
        if (!(of instanceof Uint8Array) || of.byteLength === 0) return of;
        const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(of);
        return at < 0 ? of : bytes.subarray(at, at + of.byteLength);
      }),
    ),
  },
  {
    name: "reads by wiping",
    kills: "the bytes it reads are neither changed nor kept",
    on,
    mutate: reading((value, bytes) => {
      bytes.fill(0);
      return value;
    }),
  },
  {
    name: "writes into one buffer again and again",
    kills: "the values it writes are neither changed nor kept",
    on,
    mutate: (codec) => {
      const buffer = new Uint8Array(4_000_000);
      return changed(codec, {
        write(header, kind, value, type) {
          const written = codec.write(header, kind, value, type);
          buffer.set(written);
          return buffer.subarray(0, written.byteLength);
        },
      });
    },
  },
  {
    name: "sorts the caller's lists in place",
    kills: "the values it writes are neither changed nor kept",
    on,
    mutate: (codec) =>
      changed(codec, {
        write(header, kind, value, type) {
          const written = codec.write(header, kind, value, type);
          mapped(value, (of) => (Array.isArray(of) ? of.reverse() : of));
          return written;
        },
      }),
  },
  {
    name: "remembers what it read last",
    kills: "messages in between change nothing",
    on,
    mutate(codec) {
      const merged: Record<string, unknown> = {};
      return reading((value) => ({ ...Object.assign(merged, value) }))(codec);
    },
  },
  {
    name: "copies maps by assignment",
    kills: "keys of maps reach no prototype",
    on,
    mutate: reading((value) =>
      mapped(value, (of) => {
        if (typeof of !== "object" || of === null || Array.isArray(of)) return of;
        if (of instanceof Uint8Array) return of;
        const copy: Record<string, unknown> = {};
        for (const [name, member] of Object.entries(of)) copy[name] = member;
        return copy;
      }),
    ),
  },
  {
    name: "guesses where no type is declared",
    kills: "without a type nothing is written or read",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody: (bytes, kind, type) => (type ? codec.readBody(bytes, kind, type) : {}),
      }),
  },
];
