/**
 * Where the last read ended, for readers that answer with the value: an object for the two would be
 * garbage of every field. Look at it at once, the next read moves it.
 */
export const cursor = { at: 0 };
