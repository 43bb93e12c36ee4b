import { changed, deeply, mapped, reading, writing, type CodecMutant } from "./mutant.js";

const on = { messages: true, schemaless: false, envelope: false } as const;

/** Breaks what comes back of messages. */
export const messageMutants: readonly CodecMutant[] = [
  {
    name: "reads events as requests of another shape",
    kills: "a message with every kind of field comes back, whatever it is for",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody: (bytes, kind, type) =>
          kind === "event"
            ? [codec.readBody(bytes, kind, type)]
            : codec.readBody(bytes, kind, type),
      }),
  },
  {
    name: "reads 64-bit integers through doubles",
    kills: "64-bit integers keep every bit",
    on,
    mutate: reading((value) =>
      deeply(value, (of) => (typeof of === "bigint" ? BigInt(Number(of)) : of)),
    ),
  },
  {
    name: "takes 64-bit integers as bigint alone",
    kills: "64-bit integers may be given as numbers and decimal text",
    on,
    mutate: writing((value) =>
      mapped(value, (of, name) => (/int64$/i.test(name) && typeof of !== "bigint" ? 0n : of)),
    ),
  },
  {
    name: "reads what is not finite as nothing",
    kills: "numbers that are no number, or endless, or below zero by sign alone, come back",
    on,
    mutate: reading((value) =>
      deeply(value, (of) => (typeof of === "number" && !Number.isFinite(of) ? 0 : of)),
    ),
  },
  {
    name: "loses the sign of a zero",
    kills: "numbers that are no number, or endless, or below zero by sign alone, come back",
    on,
    mutate: reading((value) => deeply(value, (of) => (typeof of === "number" ? of + 0 : of))),
  },
  {
    name: "writes text in Latin-1",
    kills: "text in any script comes back",
    on,
    mutate: writing((value) =>
      deeply(value, (of) =>
        typeof of === "string" ? Buffer.from(of, "latin1").toString("latin1") : of,
      ),
    ),
  },
  {
    name: "hands out one empty list to everybody",
    kills: "an empty message comes back with its zero values, its own each time",
    on,
    mutate: (codec) => {
      const shared: unknown[] = [];
      const share = (of: unknown) => (Array.isArray(of) && of.length === 0 ? shared : of);
      return reading((value) => mapped(value, share))(codec);
    },
  },
  {
    name: "leaves zero values out",
    kills: "an empty message comes back with its zero values, its own each time",
    on,
    mutate: reading((value) =>
      Object.fromEntries(Object.entries(value as object).filter(([, of]) => of !== 0)),
    ),
  },
  {
    name: "dies of no value",
    kills: "no value at all is written as the empty message",
    on,
    mutate: writing((value) => {
      if (value === undefined) throw new TypeError("no value");
      return value;
    }),
  },
  {
    name: "cuts long text",
    kills: "a message of 1 MiB comes back",
    on,
    mutate: reading((value) =>
      deeply(value, (of) => (typeof of === "string" ? of.slice(0, 65_535) : of)),
    ),
  },
  {
    name: "reads a few levels and no more",
    kills: "messages of a type that leads back to itself come back",
    on,
    mutate: reading((value) => {
      const cut = (of: unknown, depth: number): unknown =>
        depth > 20 ? {} : mapped(of, (inner) => cut(inner, depth + 1));
      return cut(value, 0);
    }),
  },
  {
    name: "fills absent optional fields with zeros",
    kills: "an absent optional field is not a zero",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          const value = codec.readBody(bytes, kind, type);
          const optional = type?.fields.filter(({ rule }) => rule === "optional") ?? [];
          return {
            ...Object.fromEntries(optional.map(({ name }) => [name, 0])),
            ...(value as object),
          };
        },
      }),
  },
  {
    name: "drops optional fields that are zero",
    kills: "an absent optional field is not a zero",
    on,
    mutate: writing((value) => mapped(value, (of) => (of === 0 ? undefined : of))),
  },
  {
    name: "gives the other members of a oneof their zeros",
    kills: "of a oneof the member that was set comes back alone",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          const value = codec.readBody(bytes, kind, type);
          const members = type?.fields.filter(({ oneof }) => oneof !== undefined) ?? [];
          return {
            ...Object.fromEntries(members.map(({ name }) => [name, 0])),
            ...(value as object),
          };
        },
      }),
  },
  {
    name: "lets the last member of a oneof win in silence",
    kills: "two members of one oneof are refused",
    on,
    mutate: writing((value) =>
      mapped(value, (of, name) =>
        name === "text" && Object.hasOwn(value as object, "number") ? undefined : of,
      ),
    ),
  },
  {
    name: "makes plain objects whatever the type says",
    kills: "a type's class is what values are made of",
    on,
    mutate: reading((value) => ({ ...(value as object) })),
  },
  {
    name: "keeps a class's defaults where nothing was sent",
    kills: "a type's class is what values are made of",
    on,
    mutate: (codec) =>
      changed(codec, {
        readBody(bytes, kind, type) {
          const value = codec.readBody(bytes, kind, type);
          if (!type?.construct) return value;
          const sent = Object.entries(value as object).filter(([, of]) => of !== "");
          return Object.assign(new type.construct(), Object.fromEntries(sent));
        },
      }),
  },
  {
    name: "refuses every type but the writer's own",
    kills: "fields of a newer peer are ignored",
    on,
    mutate(codec) {
      let last: unknown;
      return changed(codec, {
        write: (header, kind, value, type) =>
          codec.write(header, kind, value, (last = type) && type),
        readBody(bytes, kind, type) {
          if (last !== type) throw new Error("unknown field");
          return codec.readBody(bytes, kind, type);
        },
      });
    },
  },
];
