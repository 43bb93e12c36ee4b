/** Whether a server wants calls: it is registered, its check passes, and it has not begun to stop. */
export class Readiness {
  #ready = false;
  readonly #listeners = new Set<() => void>();

  get ready(): boolean {
    return this.#ready;
  }

  set ready(ready: boolean) {
    if (ready === this.#ready) return;
    this.#ready = ready;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` at each change. The result takes it back. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
