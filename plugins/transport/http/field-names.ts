/** What a header means to the framing. */
export const FieldRole = {
  /** Travels as it is. */
  message: 0,
  /** Belongs to one connection or to HTTP itself: neither read nor written. */
  dropped: 1,
  /** No header name at all. */
  invalid: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  expect: 6,
} as const;

/** A header name in the forms that reading and writing need. */
export interface FieldName {
  /** As it is written on the wire. */
  readonly raw: string;
  /** In lower case. */
  readonly name: string;
  /** As Go's net/http writes it, with colon and space: `Micro-Id: `. */
  readonly prefix: string;
  /** One of {@link FieldRole}. */
  readonly role: number;
  /** Whether its last value may be kept: most fields say the same in every message. */
  readonly keeps: boolean;
  /** The value that was written last, and the line that it made. */
  lastValue: string | undefined;
  lastLine: string;
  /** The value that was read last. */
  lastRead: string | undefined;
}

/** Names remembered; a peer that invents more costs time, not memory. */
const mostNames = 1024;
const longestName = 64;
/** Names whose last value is kept, and its length at most. */
const mostKeeping = 64;
export const longestKept = 128;
/** Places in a head for which it is remembered which name came there last. */
const mostPlaces = 32;

const roles: Readonly<Record<string, number>> = {
  __proto__: null as never,
  "content-length": FieldRole.contentLength,
  "transfer-encoding": FieldRole.transferEncoding,
  connection: FieldRole.connection,
  expect: FieldRole.expect,
  host: FieldRole.dropped,
  "accept-encoding": FieldRole.dropped,
  "keep-alive": FieldRole.dropped,
  "proxy-connection": FieldRole.dropped,
  te: FieldRole.dropped,
  trailer: FieldRole.dropped,
  upgrade: FieldRole.dropped,
  "user-agent": FieldRole.dropped,
};

/** RFC 9110, section 5.6.2: token. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const secrets: ReadonlySet<string> = new Set(["authorization", "cookie", "set-cookie"]);

function fieldName(raw: string, keeps: boolean): FieldName {
  const name = raw.toLowerCase();
  const valid = token.test(raw);
  const canonical = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return {
    raw,
    name,
    prefix: valid ? `${canonical}: ` : "",
    role: valid ? (roles[name] ?? FieldRole.message) : FieldRole.invalid,
    keeps: keeps && !secrets.has(name),
    lastValue: undefined,
    lastLine: "",
    lastRead: undefined,
  };
}

/** Header names, each worked out once. */
export class FieldNames {
  private readonly known = new Map<string, FieldName>();
  private readonly places: FieldName[] = [];

  /** The name `raw`, in any case. */
  get(raw: string): FieldName {
    const known = this.known.get(raw);
    if (known !== undefined) return known;
    const made = fieldName(raw, this.known.size < mostKeeping);
    if (this.known.size < mostNames && raw.length <= longestName) this.known.set(raw, made);
    return made;
  }

  /** The name in `text` from `start` to `end`, which is the one at that place of a head: mostly the same as last time. */
  at(place: number, text: string, start: number, end: number): FieldName {
    const last = this.places[place];
    if (last?.raw.length === end - start && text.startsWith(last.raw, start)) return last;
    const found = this.get(text.slice(start, end));
    if (place < mostPlaces && found.raw.length <= longestName) this.places[place] = found;
    return found;
  }
}
