/** What attackers use of a connection, whatever carries it. */
export interface AttackSocket {
  readonly destroyed: boolean;
  write(bytes: Buffer): boolean;
  end(): unknown;
  /** Breaks it off, so that no port waits for what cannot come. */
  resetAndDestroy(): unknown;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
}
