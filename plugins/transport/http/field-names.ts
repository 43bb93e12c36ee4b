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
  /** In lower case. */
  readonly name: string;
  /** As Go's net/http writes it, with colon and space: `Micro-Id: `. */
  readonly prefix: string;
  /** One of {@link FieldRole}. */
  readonly role: number;
}

/** Names remembered; a peer that invents more costs time, not memory. */
const mostNames = 1024;
const longestName = 64;

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

function fieldName(raw: string): FieldName {
  const name = raw.toLowerCase();
  if (!token.test(raw)) return { name, prefix: "", role: FieldRole.invalid };
  const canonical = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  return { name, prefix: `${canonical}: `, role: roles[name] ?? FieldRole.message };
}

/** Header names, each worked out once. */
export class FieldNames {
  private readonly known = new Map<string, FieldName>();

  /** The name `raw`, in any case. */
  get(raw: string): FieldName {
    const known = this.known.get(raw);
    if (known !== undefined) return known;
    const made = fieldName(raw);
    if (this.known.size < mostNames && raw.length <= longestName) this.known.set(raw, made);
    return made;
  }
}
