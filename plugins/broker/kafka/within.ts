import type { Timer, Timers } from "../../../src/spi.js";

/** The promise's outcome, or after `ms` milliseconds the error that `late` makes. */
export async function within<T>(
  timers: Timers,
  ms: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = timers.after(ms, () => reject(late()));
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer?.cancel();
  }
}

/** Resolves after that many milliseconds. */
export const sleep = (timers: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => void timers.after(ms, resolve));
