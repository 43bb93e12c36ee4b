import { EventQueue, type RegistryWatcher, type Unavailable } from "../../../src/spi.js";
import type { NodeNews } from "./read-nodes.js";

/** Nodes whose last news is remembered; beyond, the oldest is told again when it repeats itself. */
const maxKnown = 10_000;
/** Characters of such news. Those of 10,000 honest nodes need less. */
const maxKnownLength = 16_777_216;

/** The watches of a registry: turns announcements, which repeat themselves, into changes. */
export class Watches {
  readonly #queues = new Map<EventQueue, string | undefined>();
  /** What was last said of a node: a digest, or undefined for goodbye. */
  readonly #known = new Map<string, string | undefined>();
  #knownLength = 0;

  /** A watch of one service or all, from now on. */
  add(service: string | undefined, signal: AbortSignal | undefined): RegistryWatcher {
    const end = (): void => void queue.close();
    const queue = new EventQueue(() => {
      this.#queues.delete(queue);
      signal?.removeEventListener("abort", end);
    });
    this.#queues.set(queue, service);
    signal?.addEventListener("abort", end, { once: true });
    return queue;
  }

  /** Takes in what was announced, or said goodbye. */
  tell({ service, gone }: NodeNews): void {
    const key = JSON.stringify([service.name, service.nodes[0]?.id]);
    const digest = gone ? undefined : JSON.stringify(service);
    const before = this.#known.get(key);
    if (this.#known.has(key) && before === digest) return;
    this.#forget(key);
    this.#known.set(key, digest);
    this.#knownLength += lengthOf(key, digest);
    while (this.#known.size > maxKnown || this.#knownLength > maxKnownLength) {
      const [oldest] = this.#known.keys();
      if (oldest === undefined) break;
      this.#forget(oldest);
    }
    const action = gone ? "delete" : before === undefined ? "create" : "update";
    for (const [queue, wanted] of [...this.#queues])
      if (wanted === undefined || wanted === service.name) queue.push({ action, service });
  }

  #forget(key: string): void {
    if (!this.#known.has(key)) return;
    this.#knownLength -= lengthOf(key, this.#known.get(key));
    this.#known.delete(key);
  }

  /** Ends every watch, with an error for the readers if there is one. */
  async end(error?: Unavailable): Promise<void> {
    for (const queue of [...this.#queues.keys()])
      if (error) queue.fail(error);
      else await queue.close();
  }
}

const lengthOf = (key: string, digest = ""): number => key.length + digest.length;
