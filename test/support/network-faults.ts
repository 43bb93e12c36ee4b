import { OptionError } from "../../src/base/options.js";
import type { Random } from "../../src/base/environment.js";
import { delaySampler, type Delay } from "./delay.js";

/** What a host, or the link between two, does to what passes. */
export interface Fault {
  delay?: (() => number) | undefined;
  /** Chances from 0 to 1. */
  drop: number;
  duplicate: number;
  reorder: number;
}

/** A host, or the link between two. */
export type Place = string | readonly [hostA: string, hostB: string];

type Chance = "drop" | "duplicate" | "reorder";

const keyOf = (place: Place): string =>
  typeof place === "string" ? place : place.toSorted().join(" ");

/** Longest time in milliseconds for which a message is held back so that others pass it. */
const longestHoldMs = 50;

/** The faults that stand, and the chance that decides when they strike. */
export class NetworkFaults {
  readonly #faults = new Map<string, Fault>();
  #cuts: (readonly [string, string | undefined])[] = [];

  constructor(private readonly random: Random) {}

  delay(place: Place, delay: Delay): void {
    this.#at(place).delay = delaySampler(delay, this.random);
  }

  /** @throws OptionError for what is no chance. */
  chance(kind: Chance, place: Place, probability: number): void {
    if (!(probability >= 0 && probability <= 1))
      throw new OptionError(`${kind}: a chance is from 0 to 1, got ${probability}`);
    this.#at(place)[kind] = probability;
  }

  #at(place: Place): Fault {
    const key = keyOf(place);
    let fault = this.#faults.get(key);
    if (!fault) this.#faults.set(key, (fault = { drop: 0, duplicate: 0, reorder: 0 }));
    return fault;
  }

  /** Without a second host: from all others. */
  cut(a: string, b: string | undefined): void {
    this.#cuts.push([a, b]);
  }

  /** Ends every cut. */
  heal(): void {
    this.#cuts = [];
  }

  /** Ends everything. */
  clear(): void {
    this.heal();
    this.#faults.clear();
  }

  isCut(a: string, b: string): boolean {
    return this.#cuts.some(
      ([x, y]) => (x === a && (y ?? b) === b && a !== b) || (x === b && (y ?? a) === a && a !== b),
    );
  }

  /** Milliseconds for the next thing that goes from `a` to `b`. */
  delayMs(a: string, b: string): number {
    let ms = 0;
    for (const { delay } of this.#between(a, b)) ms += delay?.() ?? 0;
    return ms;
  }

  /** True when chance decides so for something that goes from `a` to `b`. */
  strikes(kind: Chance, a: string, b: string): boolean {
    let spared = 1;
    for (const fault of this.#between(a, b)) spared *= 1 - fault[kind];
    return spared < 1 && this.random.next() >= spared;
  }

  /** Milliseconds for which a message from `a` to `b` is held back; mostly 0. */
  holdMs(a: string, b: string): number {
    return this.strikes("reorder", a, b) ? 1 + this.random.next() * (longestHoldMs - 1) : 0;
  }

  /** True as often as not. */
  coin(): boolean {
    return this.random.next() < 0.5;
  }

  #between(a: string, b: string): readonly Fault[] {
    if (this.#faults.size === 0) return [];
    const keys = a === b ? [a] : [a, b, keyOf([a, b])];
    return keys.map((key) => this.#faults.get(key)).filter((fault) => fault !== undefined);
  }
}
