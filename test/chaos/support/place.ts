/** Where a program runs, as seen from the network. */
export interface Place {
  /** The address that it listens on. */
  readonly host: string;
  /** What stands before its command. */
  readonly enter: readonly string[];
}

/** The machine's own loopback, or that of the namespace that everything runs in. */
export const loopback: Place = { host: "127.0.0.1", enter: [] };
