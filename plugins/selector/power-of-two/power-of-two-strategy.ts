import {
  blameOf,
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

/** Chance that a node which has just come is taken at all. */
const coldest = 0.1;

/**
 * Of two nodes drawn by lot the one with less load: its latency times the calls under way. Latency is
 * the highest seen of late, falling off with time ("peak EWMA", as in Finagle and Linkerd).
 */
export class PowerOfTwoStrategy implements LearningStrategy {
  readonly #loads = new Map<string, NodeLoad>();
  /** The loads of the candidates, in their order. */
  readonly #ofCandidates = new WeakMap<readonly Selection[], readonly NodeLoad[]>();
  readonly #clock: Clock;
  readonly #random: Environment["random"];
  /** When the last node was chosen, or the nodes changed: near enough to now for what is compared here. */
  #now = 0;

  constructor(
    { clock, random }: Pick<Environment, "clock" | "random">,
    private readonly rule: LoadRule,
  ) {
    this.#clock = clock;
    this.#random = random;
  }

  readonly choose = (candidates: readonly Selection[]): number => {
    const { length } = candidates;
    if (length === 1) return 0;
    const random = this.#random;
    const one = Math.floor(random.next() * length);
    let other = Math.floor(random.next() * (length - 1));
    if (other >= one) other++;
    const loads = this.#loadsOf(candidates);
    const chosen = this.#isLighter(loads[one]!, loads[other]!) ? one : other;
    loads[chosen]!.underWay++;
    return chosen;
  };

  mark({ id }: ServiceNode, { error, latencyMs }: AttemptOutcome): void {
    if (this.#loads.size < 2) return; // nothing to compare it with
    const load = this.#loads.get(id);
    if (!load) return;
    if (load.underWay > 0) load.underWay--;
    // A node that fails fast is no fast node, and a call that was given up took longer still.
    const blame = error === undefined ? "none" : blameOf(error);
    const answered = blame === "none" || blame === "caller";
    load.observe(latencyMs, answered, this.#now, this.rule.decayMs);
  }

  retain(nodes: ReadonlySet<string>): void {
    // Those that were there when the service was first looked up have been there for long.
    this.#now = this.#clock.monotonic();
    const since = this.#loads.size > 0 ? this.#now : -Infinity;
    for (const id of this.#loads.keys()) if (!nodes.has(id)) this.#loads.delete(id);
    for (const id of nodes) if (!this.#loads.has(id)) this.#loads.set(id, new NodeLoad(since));
    // Of a node that is alone nothing is counted, the ends of its calls neither.
    if (this.#loads.size < 2) for (const load of this.#loads.values()) load.underWay = 0;
  }

  reset(): void {
    for (const load of this.#loads.values()) load.forget();
  }

  #isLighter(one: NodeLoad, other: NodeLoad): boolean {
    const now = (this.#now = this.#clock.monotonic());
    const cold = this.#isCold(one);
    if (cold !== this.#isCold(other)) return !cold;
    const { decayMs } = this.rule;
    return one.cost(now, decayMs) <= other.cost(now, decayMs);
  }

  /** Whether a node that came a short while ago is spared this time. */
  #isCold({ since }: NodeLoad): boolean {
    const age = this.#now - since;
    const { slowStartMs } = this.rule;
    if (age >= slowStartMs) return false;
    return this.#random.next() >= Math.max(coldest, age / slowStartMs);
  }

  #loadsOf(candidates: readonly Selection[]): readonly NodeLoad[] {
    let loads = this.#ofCandidates.get(candidates);
    if (!loads) {
      loads = candidates.map(({ node }) => this.#loads.get(node.id) ?? new NodeLoad(-Infinity));
      this.#ofCandidates.set(candidates, loads);
    }
    return loads;
  }
}
