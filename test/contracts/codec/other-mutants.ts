import type { MessageKind } from "../../../src/codec/codec.js";
import { changed, reading, writing, type CodecMutant } from "./mutant.js";

const plain = { messages: true, schemaless: true, envelope: false } as const;
const bare = { messages: true, schemaless: false, envelope: false } as const;
const envelope = { messages: true, schemaless: true, envelope: true } as const;

/** Breaks what codecs say of themselves, values without types, and envelopes. */
export const otherMutants: readonly CodecMutant[] = [
  {
    name: "spells its content type in capitals",
    kills: "it says truly what it is",
    on: bare,
    mutate: (codec) => changed(codec, { contentTypes: ["Application/Sample"] }),
  },
  {
    name: "denies its envelope",
    kills: "it says truly what it is",
    on: envelope,
    mutate: (codec) => changed(codec, { enveloped: false }),
  },
  {
    name: "fails to close what is closed",
    kills: "it can be closed twice",
    on: bare,
    mutate(codec) {
      let closed = false;
      return changed(codec, {
        async close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      });
    },
  },
  {
    name: "takes null for nothing",
    kills: "plain values come back without a type, whatever they are for",
    on: plain,
    mutate: reading((value) => value ?? {}),
  },
  {
    name: "reads an empty request as null",
    kills: "without a type an empty request body is an empty object",
    on: plain,
    mutate: (codec) =>
      changed(codec, {
        readBody: (bytes, kind, type) =>
          bytes.byteLength === 0 ? null : codec.readBody(bytes, kind, type),
      }),
  },
  {
    name: "writes no value as no body",
    kills: "no value at all has a body",
    on: plain,
    mutate: (codec) =>
      changed(codec, {
        write: (header, kind, value, type) =>
          value === undefined ? new Uint8Array(0) : codec.write(header, kind, value, type),
      }),
  },
  {
    name: "lets JSON's own error out",
    kills: "a value without a type that holds itself is refused",
    on: plain,
    mutate: writing((value) => (JSON.stringify(value) ? value : value)),
  },
  {
    name: "merges members into a fresh object",
    kills: "no name in a value without a type reaches a prototype",
    on: plain,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          if (type) return codec.readBody(bytes, kind, type);
          const members: unknown = JSON.parse(Buffer.from(bytes).toString());
          return Object.assign({}, members);
        },
      }),
  },
  {
    name: "lets the parser's error out",
    kills: "bytes that are no value fail with a typed error of the codec and in no other way",
    on: plain,
    mutate: (codec) =>
      changed(codec, {
        readBody: (bytes, kind, type) =>
          bytes.byteLength > 0
            ? (JSON.parse(Buffer.from(bytes).toString()) as unknown)
            : codec.readBody(bytes, kind, type),
      }),
  },
  {
    name: "numbers requests by itself",
    kills: "the envelope carries id and endpoint of a request",
    on: envelope,
    mutate: (codec) =>
      changed(codec, {
        write: (header, kind, value, type) =>
          codec.write({ ...header, id: "1" }, kind, value, type),
      }),
  },
  {
    name: "forgets the error",
    kills: "the envelope carries id and error of a response, and then no value",
    on: envelope,
    mutate: (codec) =>
      changed(codec, {
        readHeader(bytes, kind) {
          const { error: _, ...header } = codec.readHeader(bytes, kind);
          return header;
        },
      }),
  },
  {
    name: "believes every envelope",
    kills: "bytes that are no envelope fail with a typed error of the codec and in no other way",
    on: envelope,
    mutate: (codec) =>
      changed(codec, {
        readHeader(bytes, kind: MessageKind) {
          try {
            return codec.readHeader(bytes, kind);
          } catch {
            return {};
          }
        },
      }),
  },
  {
    name: "finds an id where there is none",
    kills: "without an envelope no header is read",
    on: bare,
    mutate: (codec) => changed(codec, { readHeader: () => ({ id: "0" }) }),
  },
];
