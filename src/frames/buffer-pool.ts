/** Bytes of a pooled buffer. */
export const pooledBytes = 131_072;
/** Buffers kept for the next writer. */
const mostKept = 16;

/**
 * Buffers to lay frames into. A connection holds one only while it has something to write, so that
 * idle connections cost none.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of at least `bytes`. */
  take(bytes: number): Buffer {
    if (bytes > pooledBytes) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(pooledBytes);
  }

  /** Gives back one that nobody looks at any more. */
  give(buffer: Buffer): void {
    if (buffer.length === pooledBytes && this.#free.length < mostKept) this.#free.push(buffer);
  }
}
