const units: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** The longest time limit taken from the wire, in milliseconds: 24 days, what a timer can hold. */
const longestMs = 2_147_483_647;
/** The most that eight digits can say. */
const most = 99_999_999;

/** Milliseconds of header `grpc-timeout`. Nonsense counts as none: Infinity. */
export function readGrpcTimeout(value: string | undefined): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value ?? "");
  return match ? Math.min(Number(match[1]) * units[match[2]!]!, longestMs) : Infinity;
}

/** Header `grpc-timeout`, in the finest unit that holds it; at least one microsecond. */
export function writeGrpcTimeout(ms: number): string {
  const limited = Math.min(ms, longestMs);
  const micro = Math.max(1, Math.round(limited * 1_000));
  if (micro <= most) return `${micro}u`;
  const milli = Math.ceil(limited);
  return milli <= most ? `${milli}m` : `${Math.ceil(limited / 1_000)}S`;
}
