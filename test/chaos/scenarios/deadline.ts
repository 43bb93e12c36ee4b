/** Milliseconds that a call has unless its caller says otherwise. */
export const deadlineMs = 5_000;
