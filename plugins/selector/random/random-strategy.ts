import type { Environment, Choose } from "../../../src/spi.js";

/** Each candidate with equal chance. */
export const randomStrategy =
  ({ random }: Environment): Choose =>
  (candidates) =>
    Math.floor(random.next() * candidates.length);
