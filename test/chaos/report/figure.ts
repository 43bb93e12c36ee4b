/** One line of a scenario's table. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  /** What it has to be; undefined where it is only told. */
  readonly target: string | undefined;
  /** Whether it is that. True where there is no target. */
  readonly met: boolean;
}

/** A figure that is only told. */
export const told = (what: string, value: string): Figure => ({
  what,
  value,
  target: undefined,
  met: true,
});

/** A figure with a target. */
export const held = (what: string, value: string, target: string, met: boolean): Figure => ({
  what,
  value,
  target,
  met,
});

/** A count that must be 0. */
export const none = (what: string, count: number): Figure =>
  held(what, whole(count), "0", count === 0);

/** A duration that must not be longer. */
export const within = (what: string, ms: number | undefined, mostMs: number): Figure =>
  held(
    what,
    ms === undefined ? "never" : milliseconds(ms),
    `≤ ${milliseconds(mostMs)}`,
    ms !== undefined && ms <= mostMs,
  );

export const whole = (count: number): string => Math.round(count).toLocaleString("en-US");

export const milliseconds = (ms: number): string =>
  ms < 100 ? `${ms.toFixed(1)} ms` : `${whole(ms)} ms`;

export const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
