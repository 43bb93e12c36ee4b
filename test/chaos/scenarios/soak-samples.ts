import type { CallFigures } from "../programs/call-log.js";
import type { MemoryUse } from "../programs/memory-use.js";

/** What was seen at one moment of a soak. */
export interface SoakSample {
  /** Hours since the load began. */
  readonly hours: number;
  readonly calls: CallFigures;
  readonly caller: MemoryUse;
  /** The nodes together. */
  readonly nodes: MemoryUse;
}

/** The value in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** How one value went over the samples. */
export interface Course {
  /** Medians of the first and of the last quarter. */
  readonly first: number;
  readonly last: number;
  /** Slope of the line through all samples (least squares), by the hour. */
  readonly perHour: number;
}

/** How a value went. Samples come in the order of time. */
export function courseOf(
  samples: readonly SoakSample[],
  valueOf: (sample: SoakSample) => number,
): Course {
  const values = samples.map(valueOf);
  const quarter = Math.max(1, Math.floor(values.length / 4));
  const hours = samples.map((sample) => sample.hours);
  const mean = (of: readonly number[]): number =>
    of.reduce((sum, value) => sum + value, 0) / of.length;
  const [meanHour, meanValue] = [mean(hours), mean(values)];
  let [rise, run] = [0, 0];
  for (const [at, hour] of hours.entries()) {
    rise += (hour - meanHour) * (values[at]! - meanValue);
    run += (hour - meanHour) ** 2;
  }
  return {
    first: median(values.slice(0, quarter)),
    last: median(values.slice(-quarter)),
    perHour: run === 0 ? 0 : rise / run,
  };
}
