/** Gathers pieces into one array; memory stays within twice the bytes, however small the pieces. */
export class ByteBuilder {
  length = 0;
  private space = new Uint8Array(0);

  add(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.space.length) {
      const wider = new Uint8Array(Math.max(needed, this.space.length * 2));
      wider.set(this.space.subarray(0, this.length));
      this.space = wider;
    }
    this.space.set(piece, this.length);
    this.length = needed;
  }

  /** What was gathered. The builder must not be used afterwards. */
  bytes(): Uint8Array {
    return this.space.subarray(0, this.length);
  }
}
