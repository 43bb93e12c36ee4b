import {
  blameOf,
  Remembered,
  type AttemptOutcome,
  type Clock,
  type Environment,
  type LearningStrategy,
  type Selection,
  type ServiceNode,
} from "../../../src/spi.js";
import { NodeLoad } from "./node-load.js";

/** How loads are weighed. */
export interface LoadRule {
  /** Milliseconds over which a latency that is not seen again counts e times less. */
  readonly decayMs: number;
  /** Milliseconds over which a node that comes later gets more and more of its share. */
  readonly slowStartMs: number;
}

/** Nodes that are looked at to find one that answers. */
const mostDraws = 8;

/** Chance that a node which has just come is taken at all. */
const coldest = 0.1;

/**
 * Of two nodes drawn by lot the one with less load: its latency times the calls under way. Latency is
 * the highest seen of late, falling off with time ("peak EWMA", as in Finagle and Linkerd).
 */
export class PowerOfTwoStrategy implements LearningStrategy {
  readonly #loads = new Map<string, NodeLoad>();
  /** The candidates of the last choice, and their loads in the same order: found without a look elsewhere. */
  #candidates: readonly Selection[] | undefined;
  #loadsHere: readonly NodeLoad[] = [];
  /** The loads of any candidates. */
  readonly #loadsOf = new Remembered((candidates: readonly Selection[]): readonly NodeLoad[] =>
    candidates.map(({ node }) => this.#loads.get(node.id) ?? new NodeLoad(undefined)),
  );
  readonly #clock: Clock;
  readonly #random: Environment["random"];
  /** When the last node was chosen, or the nodes changed, in whole milliseconds: near enough to now for what is compared here. */
  #now = 0;
  /** There are less than two nodes: nothing to compare, and nothing to count. */
  #alone = true;
  /** The node chosen last, which is often the one marked next. */
  #last: ServiceNode | undefined;
  #lastLoad: NodeLoad | undefined;

  constructor(
    { clock, random }: Pick<Environment, "clock" | "random">,
    private readonly rule: LoadRule,
  ) {
    this.#clock = clock;
    this.#random = random;
  }

  choose(candidates: readonly Selection[]): number {
    const { length } = candidates;
    if (length === 1) return 0;
    const random = this.#random;
    const one = Math.floor(random.next() * length);
    let other = Math.floor(random.next() * (length - 1));
    if (other >= one) other++;
    if (candidates !== this.#candidates) {
      this.#candidates = candidates;
      this.#loadsHere = this.#loadsOf.of(candidates);
    }
    const loads = this.#loadsHere;
    let chosen = this.#isLighter(loads[one]!, loads[other]!) ? one : other;
    if (loads[chosen]!.isSilent(this.#now))
      chosen = this.#answering(loads, chosen === one ? other : one) ?? chosen;
    const load = loads[chosen]!;
    load.draw(this.#now);
    this.#last = candidates[chosen]!.node;
    this.#lastLoad = load;
    return chosen;
  }

  mark(node: ServiceNode, { error, latencyMs }: AttemptOutcome): void {
    if (this.#alone) return;
    const load = node === this.#last ? this.#lastLoad : this.#loads.get(node.id);
    if (!load) return;
    if (load.underWay > 0) load.underWay--;
    // A node that fails fast is no fast node, and a call that was given up took longer still.
    const blame = error === undefined ? "none" : blameOf(error);
    const answered = blame === "none" || blame === "caller";
    load.observe(latencyMs, answered, this.#now, this.rule.decayMs);
  }

  retain(nodes: ReadonlySet<string>): void {
    // Those that were there when the service was first looked up have been there for long.
    this.#now = this.#readClock();
    const since = this.#loads.size > 0 ? this.#now : undefined;
    this.#last = undefined;
    for (const id of this.#loads.keys()) if (!nodes.has(id)) this.#loads.delete(id);
    for (const id of nodes) if (!this.#loads.has(id)) this.#loads.set(id, new NodeLoad(since));
    this.#alone = this.#loads.size < 2;
    // Of a node that is alone nothing is counted, the ends of its calls neither.
    if (this.#alone) for (const load of this.#loads.values()) load.underWay = 0;
  }

  reset(): void {
    for (const load of this.#loads.values()) load.forget();
  }

  /** The first that is not silent, of this one and some drawn by lot. */
  #answering(loads: readonly NodeLoad[], first: number): number | undefined {
    let at = first;
    for (let draws = 0; draws < mostDraws; draws++) {
      if (!loads[at]!.isSilent(this.#now)) return at;
      at = Math.floor(this.#random.next() * loads.length);
    }
    return undefined;
  }

  #isLighter(one: NodeLoad, other: NodeLoad): boolean {
    const now = (this.#now = this.#readClock());
    const cold = this.#isCold(one);
    if (cold !== this.#isCold(other)) return !cold;
    const { decayMs } = this.rule;
    return one.cost(now, decayMs) <= other.cost(now, decayMs);
  }

  /** Whether a node that came a short while ago is spared this time. */
  #isCold({ since }: NodeLoad): boolean {
    if (since === undefined) return false;
    const age = this.#now - since;
    const { slowStartMs } = this.rule;
    if (age >= slowStartMs) return false;
    return this.#random.next() >= Math.max(coldest, age / slowStartMs);
  }

  #readClock(): number {
    return Math.floor(this.#clock.monotonic());
  }
}
