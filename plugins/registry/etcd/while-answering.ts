import type { Timers } from "../../../src/spi.js";

/**
 * Waits for work that may take long, as long as `ask`, asked every `everyMs`, does not fail.
 * @throws what the work throws; what `ask` throws, once it does.
 */
export async function whileAnswering<T>(
  work: Promise<T>,
  ask: () => Promise<void>,
  everyMs: number,
  timers: Timers,
): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  const done = work.then(end, end);
  while (!over) {
    await Promise.race([done, ask()]);
    let wake = (): void => {};
    const pause = new Promise<void>((resolve) => (wake = resolve));
    const timer = timers.after(everyMs, wake, { background: true });
    await Promise.race([done, pause]);
    timer.cancel();
  }
  return work;
}
