/** Names that frame a message or rule one connection: they belong to this transport and are no message's headers. */
const ofTheConnection: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** True for names that are never read from, nor written for, a message. */
export const isFraming = (name: string): boolean => ofTheConnection.has(name);

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** True for what HTTP allows as a header's name. */
export const isToken = (name: string): boolean => token.test(name);

/** Names as they go out, by the name as it is used; bounded, since metadata may bring any name. */
export class NameTable {
  readonly #names = new Map<string, string>();
  readonly #most: number;

  constructor(most = 1_000) {
    this.#most = most;
  }

  /** `micro-id` as `Micro-Id`, like Go writes it; undefined for names that cannot be sent. */
  canonical(name: string): string | undefined {
    const known = this.#names.get(name);
    if (known !== undefined) return known === "" ? undefined : known;
    const lower = name.toLowerCase();
    const written = isToken(lower) && !isFraming(lower) ? upperWords(lower) : "";
    if (this.#names.size < this.#most) this.#names.set(name, written);
    return written === "" ? undefined : written;
  }
}

const upperWords = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase());
