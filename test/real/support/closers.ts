/** Things to close, last opened first closed. Every one is closed, whatever the others do. */
export class Closers implements AsyncDisposable {
  readonly #steps: (() => Promise<unknown>)[] = [];

  /** Closes that thing, too. */
  add<T extends AsyncDisposable>(thing: T): T {
    this.#steps.push(async () => thing[Symbol.asyncDispose]());
    return thing;
  }

  /** Runs that step, too. */
  defer(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** @throws AggregateError when a step failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop())
      await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "not everything could be closed");
  }
}
