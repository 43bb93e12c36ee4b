/**
 * Makes an error without a stack: for refusals, which come by the thousand just when there is no time, and whose
 * stack would say nothing but the place that refuses. With one, an error takes 13 us to make instead of 1.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
