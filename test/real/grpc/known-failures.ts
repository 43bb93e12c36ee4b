/** Who is under test. */
export type Mode = "server" | "client";

/** Cases of Connect's suite that do not pass, and why. */
export interface KnownFailure {
  readonly mode: Mode;
  /** Names of the cases, as the suite writes its patterns. */
  readonly cases: string;
  /** Whether they fail every time, or as packets come. */
  readonly how: "always" | "at times";
  readonly reason: string;
}

/** All of them: none. */
export const knownFailures: readonly KnownFailure[] = [];
