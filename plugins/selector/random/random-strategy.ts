import type { Environment, Strategy } from "../../../src/spi.js";

/** Each candidate with equal chance. */
export const randomStrategy =
  ({ random }: Environment): Strategy =>
  (candidates) =>
    Math.floor(random.next() * candidates.length);
