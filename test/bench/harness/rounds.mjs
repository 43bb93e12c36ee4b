/** Measures cases in rounds: in each round every peer once, in an order of chance. */
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./median.mjs";
import { Pair } from "./pair.mjs";

/** Milliseconds between two peers, so that one does not pay for what the last one left to do. */
const pauseMs = 50;

const medians = (rounds) =>
  Object.fromEntries(
    Object.keys(rounds[0]).map((key) => [key, median(rounds.map((round) => round[key]))]),
  );

function shuffled(values) {
  const left = [...values];
  for (let end = left.length - 1; end > 0; end--) {
    const other = Math.floor(Math.random() * (end + 1));
    [left[end], left[other]] = [left[other], left[end]];
  }
  return left;
}

/** Whether a case is meant for a peer. */
export const takesPart = ({ id, kinds }, spec) =>
  kinds.includes(spec.kind) && (spec.peers?.includes(id) ?? true);

const firstLine = (error) => String(error.message).split("\n")[0];

export class Rounds {
  #pairs = new Map();
  /** Pairs whose code is compiled: they have been under load before. */
  #warm = new Set();

  /**
   * @param times `{ rounds, coldWarmMs, firstWarmMs, warmMs, windowMs }`: milliseconds of load before a
   * measurement, for a pair's first, a case's first, and the others
   */
  constructor(times) {
    this.times = times;
  }

  /** Starts the processes of peers ahead of time; one that fails is told by its first measurement. */
  async prepare(peers) {
    const left = [...peers];
    const starting = async () => {
      for (let peer = left.shift(); peer; peer = left.shift())
        await this.#pair(peer).catch(() => {});
    };
    await Promise.all([starting(), starting()]);
  }

  async #pair({ id, file }) {
    if (!this.#pairs.has(id)) this.#pairs.set(id, await Pair.start(file));
    return this.#pairs.get(id);
  }

  /** The rows of a case: `{ peer, ...medians }` or `{ peer, failure }` each. */
  async measure(spec, peers) {
    const { rounds, coldWarmMs, firstWarmMs, warmMs, windowMs } = this.times;
    const able = peers.filter((peer) => takesPart(peer, spec));
    const results = new Map(able.map((peer) => [peer, []]));
    const failures = new Map();
    for (let round = 0; round < rounds; round++)
      for (const peer of shuffled(able)) {
        if (failures.has(peer)) continue;
        try {
          const pair = await this.#pair(peer);
          const nextMs = round === 0 ? firstWarmMs : warmMs;
          const loadMs = this.#warm.has(pair) ? nextMs : coldWarmMs;
          this.#warm.add(pair);
          results.get(peer).push(await pair.measure(spec, loadMs, windowMs));
          await sleep(pauseMs);
        } catch (error) {
          failures.set(peer, firstLine(error));
          this.#pairs.get(peer.id)?.kill();
          this.#pairs.delete(peer.id);
        }
      }
    return able.map((peer) =>
      failures.has(peer)
        ? { peer, failure: failures.get(peer) }
        : { peer, ...medians(results.get(peer)) },
    );
  }

  async end() {
    await Promise.all([...this.#pairs.values()].map((pair) => pair.end()));
  }
}
