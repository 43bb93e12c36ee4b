import type { Environment, Timer } from "../../../src/spi.js";
import type { EtcdLink } from "./etcd-link.js";
import { canceledError, closedError, isUnreachable } from "./grpc-status.js";
import { inParallel } from "./in-parallel.js";
import { NodeStore } from "./node-store.js";
import { isRight, secondsOf, type NodeWish, type OwnNode, type Stored } from "./own-node.js";
import { Turns } from "./turns.js";

/** Milliseconds between renewals of a lease, at most: so soon is a lost one noticed. */
const longestBeatMs = 4_000;
/** Requests at once. */
const width = 32;

/**
 * The nodes that were registered here. Keeps their leases alive, and puts right what is wrong: a
 * lease that was lost, a key that somebody has removed, what could not be done while etcd was away.
 */
export class OwnNodes {
  readonly #nodes = new Map<string, OwnNode>();
  /** What could not be taken out yet. */
  readonly #farewells = new Set<Stored>();
  readonly #store: NodeStore;
  readonly #turns = new Turns();
  #timer: Timer | undefined;
  #running = false;
  /** The last round has failed. */
  #failing = false;
  #closed = false;
  #compareAt: number;

  constructor(
    private readonly link: EtcdLink,
    private readonly environment: Environment,
    private readonly resyncMs: number,
  ) {
    this.#store = new NodeStore(link);
    this.#compareAt = this.#later(resyncMs);
  }

  /**
   * Puts a node. What is there already is left alone. If a node that is not known yet cannot be
   * put, it is not registered; one that is known is put as soon as etcd is back.
   */
  async put(wish: NodeWish, signal: AbortSignal | undefined): Promise<void> {
    const { key } = wish;
    const present = this.#nodes.get(key);
    // It is wanted, even if its turn comes late.
    if (present) this.#expireLater(present);
    await this.#turns.run(key, async () => {
      if (this.#closed) throw closedError();
      if (signal?.aborted) throw canceledError(signal);
      const known = this.#nodes.get(key);
      const node = known ?? { wish, stored: undefined, keptAt: Infinity, expiry: undefined };
      node.wish = wish;
      this.#nodes.set(key, node);
      this.#expireLater(node);
      try {
        const { stored } = node;
        if (stored && isRight(node) && (await this.#store.find(stored, signal)) === "there") return;
        await this.#put(node, signal);
        this.#schedule();
      } catch (error) {
        if (known) this.#schedule(0);
        else this.#forget(node);
        throw error;
      }
    });
  }

  /** Takes a key out, whoever has put it. */
  async remove(key: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#turns.run(key, async () => {
      const node = this.#nodes.get(key);
      if (node) this.#forget(node);
      const stored = node?.stored;
      try {
        await this.#store.remove(key, signal);
        if (stored?.lease !== undefined) await this.#store.withdraw(stored, signal);
      } catch (error) {
        if (stored && (isUnreachable(error) || signal?.aborted)) this.#farewells.add(stored);
        this.#schedule();
        throw error;
      }
    });
  }

  /** Takes out what was registered here, as far as etcd answers. Nothing is done afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const { expiry } of this.#nodes.values()) expiry?.cancel();
    await this.#turns.idle();
    const stored = [...this.#nodes.values()].flatMap((node) => node.stored ?? []);
    this.#nodes.clear();
    await inParallel([...this.#farewells, ...stored], width, (each) => this.#store.withdraw(each));
  }

  async #put(node: OwnNode, signal?: AbortSignal): Promise<void> {
    node.stored = await this.#store.put(node.wish, node.stored, signal);
    node.keptAt = this.environment.clock.monotonic();
  }

  #forget(node: OwnNode): void {
    node.expiry?.cancel();
    this.#nodes.delete(node.wish.key);
  }

  #expireLater(node: OwnNode): void {
    node.expiry?.cancel();
    const { key, ttlMs } = node.wish;
    const expire = async (): Promise<void> => {
      if (this.#nodes.get(key) !== node) return;
      this.#forget(node);
      if (!node.stored) return;
      this.#farewells.add(node.stored);
      this.#schedule(0);
    };
    node.expiry =
      ttlMs === undefined
        ? undefined
        : this.environment.timers.after(ttlMs, () => void this.#turns.run(key, expire), {
            background: true,
          });
  }

  /** Sees to it that the next round is in time for every lease. */
  #schedule(inMs = this.#nextMs()): void {
    if (this.#running || this.#closed) return;
    this.#timer?.cancel();
    if (inMs === Infinity) return;
    const run = (): void => void this.#run();
    this.#timer = this.environment.timers.after(inMs, run, { background: true });
  }

  #nextMs(): number {
    if (this.#farewells.size > 0) return 0;
    const now = this.environment.clock.monotonic();
    let at = this.#nodes.size > 0 ? this.#compareAt : Infinity;
    for (const node of this.#nodes.values()) at = Math.min(at, node.keptAt + beatMs(node));
    // Sooner by chance, so that processes which lost etcd together do not keep step.
    return Math.max(0, at - now) * (1 - this.environment.random.next() / 4);
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      await this.#round();
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      await this.#afterFailure(error);
    }
    this.#running = false;
    this.#schedule(this.#failing ? 0 : undefined);
  }

  async #afterFailure(error: unknown): Promise<void> {
    const { logger, timers } = this.environment;
    if (this.#closed) return;
    if (isUnreachable(error)) {
      await this.link.pause(this.link.closing, error).catch(() => undefined);
      return;
    }
    logger.warn("etcd: registrations cannot be kept up", { error: String(error) });
    await new Promise<void>((resolve) => {
      timers.after(longestBeatMs, resolve, { background: true });
    });
  }

  /** Does everything that is due. @throws the first failure, after all has been tried. */
  async #round(): Promise<void> {
    const now = this.environment.clock.monotonic();
    const failures: unknown[] = [];
    const attempt = (work: Promise<void>): Promise<unknown> =>
      work.catch((error: unknown) => failures.push(error));
    await attempt(this.#keep(now));
    if (now >= this.#compareAt || this.#failing) await attempt(this.#compare());
    const wrong = [...this.#nodes.values()].filter((node) => !isRight(node));
    await attempt(inParallel(wrong, width, (node) => this.#repair(node)));
    await attempt(
      inParallel([...this.#farewells], width, async (stored) => {
        await this.#store.withdraw(stored);
        this.#farewells.delete(stored);
      }),
    );
    if (failures.length > 0) throw failures[0];
  }

  async #keep(now: number): Promise<void> {
    const due = new Map<string, OwnNode>();
    for (const node of this.#nodes.values())
      if (node.stored?.lease !== undefined && now - node.keptAt >= beatMs(node) * 0.7)
        due.set(node.stored.lease, node);
    if (due.size === 0) return;
    const lost = await this.#store.keep([...due.keys()]);
    for (const [lease, node] of due) {
      if (node.stored?.lease !== lease) continue;
      if (lost.has(lease)) this.#lost(node);
      else node.keptAt = now;
    }
    // Where leases are lost, nodes without one may be.
    if (lost.size > 0) this.#compareAt = now;
  }

  /** Looks for nodes that are gone, though nobody here has taken them out, or not as they were put last. */
  async #compare(): Promise<void> {
    await inParallel([...this.#nodes.values()], width, async (node) => {
      const { stored } = node;
      const found = stored && (await this.#store.find(stored));
      if (node.stored !== stored) return;
      if (found === "gone") this.#lost(node);
      if (found === "overtaken") await this.#repair(node, stored);
    });
    this.#compareAt = this.#later(this.resyncMs);
  }

  /** That many milliseconds from now, more or less, on the monotonic clock. */
  #later(ms: number): number {
    const { clock, random } = this.environment;
    return clock.monotonic() + ms * (0.75 + random.next() / 2);
  }

  #lost(node: OwnNode): void {
    node.stored = undefined;
    this.environment.logger.warn("etcd: a node is gone; it is registered again", {
      key: node.wish.key,
    });
  }

  /** Puts a node unless it is right; `wrong` is what is known not to be in etcd as it was put. */
  #repair(node: OwnNode, wrong?: Stored): Promise<void> {
    const { key } = node.wish;
    return this.#turns.run(key, async () => {
      if (this.#nodes.get(key) !== node || this.#closed) return;
      if (!isRight(node) || node.stored === wrong) await this.#put(node);
    });
  }
}

const beatMs = ({ wish }: OwnNode): number => {
  const seconds = secondsOf(wish.ttlMs);
  return seconds === undefined ? Infinity : Math.min(longestBeatMs, (seconds * 1_000) / 3);
};
