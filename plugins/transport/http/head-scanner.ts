/** Result of {@link HeadScanner.scan}: more bytes are needed. */
export const needsMore = -1;
/** Result of {@link HeadScanner.scan}: no head; `fault` says why. */
export const isMalformed = -2;

const startLine = 0;
const startLineFeed = 1;
const emptyLineFeed = 2;
const fieldStart = 3;
const fieldNamePart = 4;
const fieldValue = 5;
const fieldLineFeed = 6;
const lastLineFeed = 7;

const CR = 13;
const LF = 10;
const COLON = 58;

/** RFC 9110, section 5.6.2: bytes of a name. */
const isToken = new Uint8Array(256);
for (const letter of "!#$%&'*+-.^_`|~0123456789") isToken[letter.charCodeAt(0)] = 1;
for (let letter = 0; letter < 26; letter++) isToken[65 + letter] = isToken[97 + letter] = 1;
/** Bytes of a value: tab, what is visible, and everything above ASCII. */
const isText = new Uint8Array(256).map((_, byte) =>
  byte === 9 || (byte >= 32 && byte !== 127) ? 1 : 0,
);

/**
 * Finds the lines of an HTTP/1 head in one pass, however the bytes are cut. A line ends with CR LF;
 * a bare CR or LF, a control character, a folded line and a space before the colon are refused.
 */
export class HeadScanner {
  /** Start of the name, colon, and end of the value of each field line, from the head's start. */
  readonly marks: number[] = [];
  /** How many of them there are; those behind are of an earlier head. */
  count = 0;
  /** Where the start line begins and ends, from the head's start. */
  lineStart = 0;
  lineEnd = 0;
  /** True when a byte above ASCII occurred. */
  nonAscii = false;
  /** What is wrong, after {@link isMalformed}. */
  fault = "";
  private part = startLine;
  private at = 0;

  /** Begins a head; `trailer: true` expects field lines only. */
  reset(trailer = false): void {
    this.count = 0;
    this.lineStart = this.lineEnd = this.at = 0;
    this.nonAscii = false;
    this.part = trailer ? fieldStart : startLine;
  }

  /**
   * Goes on with a head that starts at `base` of `bytes`. The index after the head, or
   * {@link needsMore}, or {@link isMalformed}.
   */
  scan(bytes: Uint8Array, base: number): number {
    const { marks } = this;
    let { part } = this;
    let i = base + this.at;
    let high = 0;
    for (;;) {
      let byte = bytes[i];
      if (part === startLine || part === fieldValue) {
        if (part === startLine && i === base + this.lineStart && byte === CR) {
          part = emptyLineFeed;
        } else {
          while (byte !== undefined && isText[byte] === 1) {
            high |= byte;
            byte = bytes[++i];
          }
          if (byte === undefined) break;
          if (byte !== CR) return this.malformed(byte, "in a line");
          if (part === startLine) this.lineEnd = i - base;
          else marks[this.count++] = i - base;
          part = part === startLine ? startLineFeed : fieldLineFeed;
        }
      } else if (part === fieldStart || part === fieldNamePart) {
        if (part === fieldStart) {
          if (byte === undefined) break;
          marks[this.count++] = i - base;
        }
        const first = part === fieldStart;
        const start = i;
        while (byte !== undefined && isToken[byte] === 1) byte = bytes[++i];
        if (byte === undefined) {
          part = fieldNamePart;
          break;
        }
        const empty = first && i === start;
        if (empty && byte === CR) {
          this.count--;
          part = lastLineFeed;
        } else if (empty || byte !== COLON) {
          return this.malformed(byte, "where a header name should be");
        } else {
          marks[this.count++] = i - base;
          part = fieldValue;
        }
      } else {
        if (byte === undefined) break;
        if (byte !== LF) return this.malformed(byte, "after a carriage return");
        if (part === lastLineFeed) {
          if (high > 127) this.nonAscii = true;
          return i + 1;
        }
        if (part === emptyLineFeed) {
          this.lineStart = i + 1 - base;
          part = startLine;
        } else {
          part = fieldStart;
        }
      }
      i++;
    }
    if (high > 127) this.nonAscii = true;
    this.part = part;
    this.at = i - base;
    return needsMore;
  }

  private malformed(byte: number, where: string): number {
    this.fault = `byte 0x${byte.toString(16).padStart(2, "0")} ${where}`;
    return isMalformed;
  }
}
