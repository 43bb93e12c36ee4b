import { AsyncLocalStorage } from "node:async_hooks";
import type { CallContext, Context } from "./context.js";

/**
 * The context of the call that is being served, found without being passed along. One per app.
 *
 * Free until something can look: `run` enters the storage only after `observe` was called, which
 * happens when a client, a publisher or this class itself is handed to user code. Injectable.
 */
export class Ambient {
  #storage: AsyncLocalStorage<CallContext> | undefined;
  #closed = false;

  /** Says that somebody may ask for the context from now on. */
  observe(): void {
    this.#storage ??= new AsyncLocalStorage();
  }

  /** True once somebody may ask. */
  get observed(): boolean {
    return this.#storage !== undefined;
  }

  /** The context of the call being served; undefined outside of any. */
  get current(): Context | undefined {
    return this.#storage?.getStore();
  }

  /** The engine's view of {@link current}. */
  get callContext(): CallContext | undefined {
    return this.#storage?.getStore();
  }

  /**
   * The app has ended: its context is kept no more. Before Node 24 every storage that is not let go of
   * makes each promise of the process a little slower, for as long as the process lives.
   */
  close(): void {
    this.#storage?.disable();
    this.#closed = true;
  }

  run<T>(context: CallContext, work: () => T): T {
    return this.#storage && !this.#closed ? this.#storage.run(context, work) : work();
  }
}
