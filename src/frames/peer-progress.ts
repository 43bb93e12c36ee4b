/** How long a peer has been quiet, and how long what is under way with it has not moved; by looks, at equal times. */
export class PeerProgress {
  #quietLooks = 0;
  #stuckLooks = 0;
  #lastTaken = 0;
  #lastPieced = 0;

  /** Something has come. */
  heard(): void {
    this.#quietLooks = 0;
  }

  /**
   * One look: whether nothing moves. That is so when none of the `backlog` was taken since the last look (`taken`
   * is what was, ever), or nothing has come of the piece that the reader is `waiting` for (`pieced` is what has, ever).
   */
  look(backlog: number, taken: number, waiting: boolean, pieced: number): boolean {
    const stuck =
      (backlog > 0 && taken === this.#lastTaken) || (waiting && pieced === this.#lastPieced);
    this.#stuckLooks = stuck ? this.#stuckLooks + 1 : 0;
    this.#lastTaken = taken;
    this.#lastPieced = pieced;
    this.#quietLooks++;
    return stuck;
  }

  /** Whether it was quiet for fewer looks than `idleLooks`, and stuck for fewer than `stuckLooks`. */
  within(idleLooks: number, stuckLooks: number): boolean {
    return this.#stuckLooks < stuckLooks && this.#quietLooks < idleLooks;
  }
}
