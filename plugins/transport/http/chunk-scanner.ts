const sizePart = 0;
const extensionPart = 1;
const sizeLineFeed = 2;
const dataReturn = 3;
const dataLineFeed = 4;

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** Digits of the largest chunk size: 32 bits, far above any limit. */
const mostDigits = 8;
/** Bytes of a chunk's extensions, which are read and forgotten. */
const mostExtension = 256;

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Reads what stands between the data of a chunked body, however the bytes are cut. */
export class ChunkScanner {
  /** Bytes of the current chunk that are still to come. The reader of the data counts it down. */
  left = 0;
  /** True when the chunk of size 0 has been read; a trailer follows. */
  last = false;
  /** What is wrong, empty while nothing is. */
  fault = "";
  private part = sizePart;
  private size = 0;
  private digits = 0;
  private extension = 0;

  reset(): void {
    this.left = 0;
    this.last = false;
    this.fault = "";
    this.startSize();
  }

  /** Reads from `at` to the next chunk's data or the last chunk's end; the index where it stopped. */
  scan(bytes: Uint8Array, at: number): number {
    let i = at;
    for (;;) {
      const byte = bytes[i];
      if (byte === undefined) return i;
      i++;
      switch (this.part) {
        case sizePart:
          if (!this.sizeByte(byte)) return i;
          break;
        case extensionPart:
          if (byte === CR) this.part = sizeLineFeed;
          else if ((byte < 32 && byte !== 9) || ++this.extension > mostExtension)
            return this.malformed("a bad chunk extension", i);
          break;
        case sizeLineFeed:
          if (byte !== LF) return this.malformed("a chunk size without line end", i);
          this.left = this.size;
          this.last = this.size === 0;
          this.part = dataReturn;
          return i;
        case dataReturn:
          if (byte !== CR) return this.malformed("a chunk longer than its size", i);
          this.part = dataLineFeed;
          break;
        default:
          if (byte !== LF) return this.malformed("a chunk longer than its size", i);
          this.startSize();
      }
    }
  }

  private startSize(): void {
    this.part = sizePart;
    this.size = this.digits = this.extension = 0;
  }

  private sizeByte(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit >= 0 && this.digits < mostDigits) {
      this.size = this.size * 16 + digit;
      this.digits++;
    } else if (this.digits > 0 && (byte === CR || byte === SEMICOLON)) {
      this.part = byte === CR ? sizeLineFeed : extensionPart;
    } else {
      this.fault = "a bad chunk size";
      return false;
    }
    return true;
  }

  private malformed(fault: string, at: number): number {
    this.fault = fault;
    return at;
  }
}
