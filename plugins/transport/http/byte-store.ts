/** First room, in bytes; doubled as bytes arrive, so a length that is only announced costs nothing. */
const firstRoom = 65_536;

/** Bytes that arrive in pieces, kept as one. */
export class ByteStore {
  private room: Buffer | undefined;
  /** Bytes kept. */
  length = 0;

  /** Copies `bytes[from, to)`. `most` is how much the store will ever hold. */
  append(bytes: Buffer, from: number, to: number, most: number): void {
    const needed = this.length + to - from;
    if (this.room === undefined) {
      this.room = Buffer.allocUnsafe(Math.max(needed, Math.min(most, firstRoom)));
    } else if (this.room.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(most, this.room.length * 2)));
      this.room.copy(larger, 0, 0, this.length);
      this.room = larger;
    }
    bytes.copy(this.room, this.length, from, to);
    this.length = needed;
  }

  /** What is kept, still the store's. */
  get bytes(): Buffer {
    return this.room === undefined ? noBytes : this.room.subarray(0, this.length);
  }

  /** Hands over what is kept and starts afresh. */
  take(): Buffer {
    const { bytes } = this;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.room = undefined;
    this.length = 0;
  }
}

/** The one empty body. */
export const noBytes = Buffer.alloc(0);
