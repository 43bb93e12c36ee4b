import type { RpcError } from "../base/error.js";

/**
 * One reason to stop, told once to all who asked. Cheap until somebody reads `signal`: the
 * AbortController is made then and not before.
 */
export class CancelScope {
  #reason: RpcError | undefined;
  #listeners: ((reason: RpcError) => void)[] | undefined;
  #controller: AbortController | undefined;

  /** `first` hears of the cancellation before the others do. */
  constructor(private readonly first?: (reason: RpcError) => void) {}

  /** Why it was cancelled; undefined while it was not. */
  get reason(): RpcError | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Cancels; only the first call counts. */
  cancel(reason: RpcError): void {
    if (this.#reason) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    this.first?.(reason);
    if (listeners) for (const listener of listeners) listener(reason);
  }

  /** Calls `listener` once on cancellation, at once when that has been. The result takes it back. */
  onCancel(listener: (reason: RpcError) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return () => {};
    }
    (this.#listeners ??= []).push(listener);
    return () => {
      const index = this.#listeners?.indexOf(listener) ?? -1;
      if (index >= 0) this.#listeners!.splice(index, 1);
    };
  }
}
