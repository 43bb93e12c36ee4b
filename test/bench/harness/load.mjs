/**
 * Keeps work outstanding on one client object: each lane makes its next call when the last one has
 * been answered. Every reply is checked. Counters are read from outside while it runs.
 */
import { performance } from "node:perf_hooks";

const maxSamples = 1 << 21;
/** Characters up to which every reply is compared whole; of longer ones each sixteenth. */
const wholeCheck = 4_096;
/** Milliseconds that what is under way gets to end. */
const endMs = 10_000;

/** Names of `size` characters, one for each lane, so that mixed-up replies are noticed. */
export const nameOf = (size, lane) => String(lane).padStart(size, "Ada Lovelace, ");

export class Load {
  count = 0;
  failure;
  running = false;
  #samples = new Float64Array(maxSamples);
  #sampled = 0;
  #lanes = [];
  #opened;

  /**
   * @param client a peer's client
   * @param spec `{ kind, size, outstanding }`
   * @param lanes makes the lane functions: `(load, client, spec) => (() => Promise<void>)[]`
   */
  constructor(client, spec, lanes) {
    this.client = client;
    this.spec = spec;
    this.makeLanes = lanes;
  }

  start() {
    this.running = true;
    const fail = (error) => {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      this.running = false;
    };
    this.#lanes = this.makeLanes(this, this.client, this.spec).map((lane) => lane().catch(fail));
  }

  /** Notes how long one piece of work took, in milliseconds. */
  sample(ms) {
    if (this.#sampled < maxSamples) this.#samples[this.#sampled++] = ms;
  }

  /** The window begins. */
  open() {
    this.#sampled = 0;
    this.#opened = { at: performance.now(), count: this.count, cpu: process.cpuUsage() };
  }

  /** The window ends: what was done in it. */
  close() {
    const { at, count, cpu } = this.#opened;
    const seconds = (performance.now() - at) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const samples = this.#samples.slice(0, this.#sampled).sort();
    const percentile = (share) => samples[Math.floor(samples.length * share)] ?? Number.NaN;
    return {
      seconds,
      count: this.count - count,
      cpuUs: user + system,
      p50Us: percentile(0.5) * 1_000,
      p99Us: percentile(0.99) * 1_000,
      rss: process.memoryUsage.rss(),
      failure: this.failure?.stack,
    };
  }

  /** Lets what is under way end. @throws what went wrong meanwhile. */
  async stop() {
    this.running = false;
    let timer;
    const late = new Promise((_, reject) => {
      const waited = `calls still without a reply ${endMs / 1_000} s after the last one was made`;
      timer = setTimeout(() => reject(new Error(waited)), endMs);
    });
    await Promise.race([Promise.all(this.#lanes), late]).finally(() => clearTimeout(timer));
    if (this.failure) throw this.failure;
  }
}

/** @throws when `text` is not what it must be. */
export function check(text, expected, turn) {
  const right =
    expected.length <= wholeCheck || (turn & 15) === 0
      ? text === expected
      : text?.length === expected.length;
  if (!right) throw new Error(`wrong reply: ${String(text).slice(0, 80)}`);
}

/** Of a lone lane every turn is timed, of many each eighth. */
export const sampleMask = (lanes) => (lanes > 1 ? 7 : 0);

/** Calls: one at a time in each of `outstanding` lanes. */
export function unary(load, client, { size, outstanding }) {
  const mask = sampleMask(outstanding);
  return Array.from({ length: outstanding }, (_, lane) => async () => {
    const name = nameOf(size, lane);
    const expected = `Hello ${name}`;
    for (let turn = lane; load.running; turn++) {
      const timed = (turn & mask) === 0;
      const began = timed ? performance.now() : 0;
      const { greeting } = await client.call({ name });
      if (timed) load.sample(performance.now() - began);
      check(greeting, expected, turn);
      load.count++;
    }
  });
}
