import { seededRandom } from "../support/seeded-random.js";

/** Chance with words; the same seed and name throw the same. */
export class Dice {
  readonly #random;

  constructor(seed: number, name: string) {
    this.#random = seededRandom(seed, name);
  }

  /** True with this chance, from 0 to 1. */
  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  /** A whole number between two, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }

  /** One of several; there must be one. */
  one<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)]!;
  }
}
