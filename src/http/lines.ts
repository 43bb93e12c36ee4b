import { ContentTooLarge } from "../base/errors.js";

const newline = 0x0a;
const carriageReturn = 0x0d;

/** The lines of a stream of bytes, one at a time. Empty lines are left out. */
export class Lines {
  /** What has come of the line that is not complete. */
  #parts: Uint8Array[] = [];
  #size = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #over = false;

  constructor(
    /** The next bytes, undefined after the last. */
    private readonly next: () => Promise<Uint8Array | undefined>,
    /** Bytes of one line. */
    private readonly maxBytes: number,
  ) {}

  /**
   * The next line without its end, undefined after the last, which needs no end.
   * @throws ContentTooLarge `transport.too-large`, and what the stream throws.
   */
  async read(): Promise<Buffer | undefined> {
    while (!this.#over) {
      const end = this.#chunk.indexOf(newline, this.#at);
      if (end >= 0) {
        this.#take(end);
        this.#at = end + 1;
        const line = this.#line();
        if (line.length > 0) return line;
        continue;
      }
      this.#take(this.#chunk.length);
      const chunk = await this.next();
      this.#at = 0;
      if (chunk) this.#chunk = chunk;
      else this.#over = true;
    }
    const last = this.#line();
    return last.length > 0 ? last : undefined;
  }

  #take(end: number): void {
    if (end === this.#at) return;
    this.#size += end - this.#at;
    if (this.#size > this.maxBytes) {
      throw new ContentTooLarge(`a line is over the limit of ${this.maxBytes} bytes`, {
        reason: "transport.too-large",
        retry: "never",
      });
    }
    this.#parts.push(this.#chunk.subarray(this.#at, end));
    this.#at = end;
  }

  #line(): Buffer {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
  }
}
