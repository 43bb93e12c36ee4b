/** A record that was taken and is not settled. */
export interface Taken {
  readonly offset: number;
  /** A handler has it now. */
  isRunning: boolean;
}

/**
 * How far a group has come in one partition: what was taken, what of it is settled, and up to where
 * all of it is. Offsets that are here already are not taken twice, however often the partition is
 * read again from the committed offset.
 */
export class Progress {
  /** Where reading is; undefined until the first record after `restart`. */
  private next: number | undefined;
  private readonly inHand = new Map<number, Taken>();
  private readonly settledAhead = new Set<number>();
  private committed = -1;

  /** How many records are settled while an earlier one is not. */
  get ahead(): number {
    return this.settledAhead.size;
  }

  /** Whether nothing is in hand. */
  get isIdle(): boolean {
    return this.inHand.size === 0;
  }

  /** The partition is read from the committed offset again, which may have moved on without us. */
  restart(): void {
    this.next = undefined;
    this.committed = -1;
  }

  /** The record to settle later; undefined when it is in hand or settled already. */
  take(offset: number): Taken | undefined {
    if (this.next === undefined) this.forgetBelow(offset);
    this.next = offset + 1;
    if (this.inHand.has(offset) || this.settledAhead.has(offset)) return undefined;
    const taken = { offset, isRunning: false };
    this.inHand.set(offset, taken);
    return taken;
  }

  /** Nothing is left below that offset; some records are no messages, and some are gone. */
  reached(offset: number): void {
    if (this.next === undefined) this.forgetBelow(offset);
    this.next = Math.max(this.next ?? 0, offset);
  }

  settle(taken: Taken): void {
    if (!this.holds(taken)) return;
    this.drop(taken);
    this.settledAhead.add(taken.offset);
  }

  /** Whether the record is still to be settled here. */
  holds(taken: Taken): boolean {
    return this.inHand.get(taken.offset) === taken;
  }

  /** Forgets a record that somebody else will settle. */
  drop(taken: Taken): void {
    if (this.holds(taken)) this.inHand.delete(taken.offset);
  }

  /** The partition is somebody else's now: forgets what no handler has. If it comes back, that comes again. */
  lose(): void {
    for (const taken of this.inHand.values()) if (!taken.isRunning) this.drop(taken);
  }

  /** The offset to commit: all below it are settled. Undefined when that is committed already. */
  toCommit(): number | undefined {
    if (this.next === undefined) return undefined;
    let position = this.next;
    for (const offset of this.inHand.keys()) position = Math.min(position, offset);
    return position === this.committed ? undefined : position;
  }

  /** The group took that offset. */
  hasCommitted(position: number): void {
    this.committed = position;
    for (const offset of this.settledAhead) if (offset < position) this.settledAhead.delete(offset);
  }

  private forgetBelow(offset: number): void {
    for (const each of this.inHand.keys()) if (each < offset) this.inHand.delete(each);
    for (const each of this.settledAhead) if (each < offset) this.settledAhead.delete(each);
  }
}
