import type { CallContext } from "../call/context.js";

/** The contexts of the calls in hand. Taking one in or out costs a few assignments. */
export class LiveCalls implements Iterable<CallContext> {
  #first: CallContext | undefined;
  size = 0;

  add(context: CallContext): void {
    const first = this.#first;
    context.laterLive = first;
    if (first) first.earlierLive = context;
    this.#first = context;
    this.size++;
  }

  delete(context: CallContext): void {
    const { earlierLive, laterLive } = context;
    if (this.#first === context) this.#first = laterLive;
    else if (earlierLive) earlierLive.laterLive = laterLive;
    else return; // it is not here
    if (laterLive) laterLive.earlierLive = earlierLive;
    context.earlierLive = context.laterLive = undefined;
    this.size--;
  }

  *[Symbol.iterator](): Iterator<CallContext> {
    for (let context = this.#first; context; context = context.laterLive) yield context;
  }
}
