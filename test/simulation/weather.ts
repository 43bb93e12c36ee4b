import type { ClusterPlace } from "../testing/cluster-network.js";
import type { TestCluster } from "../testing/test-cluster.js";
import type { Dice } from "./dice.js";
import type { Fleet } from "./fleet.js";

/** What befalls nodes and network, a step at a time. */
export class Weather {
  readonly #later: { readonly at: number; readonly run: () => void }[] = [];

  constructor(
    private readonly cluster: TestCluster,
    private readonly fleet: Fleet,
    private readonly dice: Dice,
    /** Nothing but rolling deploys. */
    private readonly calm: boolean,
  ) {}

  async step(): Promise<void> {
    this.#due();
    const { dice, fleet } = this;
    if (this.calm) {
      if (dice.chance(0.25)) this.#deploy();
      return;
    }
    for (const node of fleet.of("down")) if (dice.chance(0.3)) void fleet.restart(node);
    if (dice.chance(0.5)) await dice.one(this.#misfortunes)();
  }

  /** Everything is well again. */
  clear(): void {
    for (const { run } of this.#later.splice(0)) run();
    this.cluster.net.calm();
  }

  readonly #misfortunes: readonly (() => void | Promise<void>)[] = [
    () => this.#deploy(),
    () => this.#crash(),
    () => {
      const node = this.#spare();
      if (node) void this.fleet.restart(node);
    },
    () => this.#pause(),
    () => this.#partition(),
    () => this.#slow(),
    () => {
      this.cluster.net.drop(this.#place(), this.dice.one([0.02, 0.1, 0.3]));
    },
    () => this.cluster.net.reset(this.#node()),
    () => {
      this.cluster.net.duplicate(this.#node(), 0.3);
      this.cluster.net.reorder(this.#node(), 0.3);
    },
    () => this.clear(),
  ];

  #spare() {
    const spare = this.fleet.spare();
    return spare.length > 0 ? this.dice.one(spare) : undefined;
  }

  #deploy(): void {
    const node = this.#spare();
    if (node) void this.fleet.deploy(node);
  }

  async #crash(): Promise<void> {
    const node = this.#spare();
    if (node) await this.fleet.crash(node);
  }

  #pause(): void {
    const running = this.fleet.of("running");
    if (running.length === 0) return;
    const node = this.dice.one(running);
    this.fleet.pause(node);
    this.#after(this.dice.between(50, 8_000), () => this.fleet.resume(node));
  }

  #partition(): void {
    const { net } = this.cluster;
    const node = this.#node();
    const kind = this.dice.one(["all", "registry", "broker", "node", "node"]);
    const other = kind === "node" ? this.#node() : kind;
    if (kind === "all") net.partition(node);
    else if (kind === "registry") net.partition("test", other);
    else if (other !== node) net.partition(node, other);
    const longest = this.dice.one([1_000, 8_000, 60_000]);
    this.#after(this.dice.between(50, longest), () => net.heal());
  }

  #slow(): void {
    const { dice } = this;
    const delay = dice.one([
      dice.between(1, 20),
      { minMs: 1, maxMs: dice.between(5, 200) },
      { medianMs: 5, p99Ms: dice.between(10, 500) },
    ]);
    this.cluster.net.latency(this.#place(), delay);
  }

  /** A node that runs, or the caller's. */
  #node(): string {
    return this.dice.one(["test", ...this.fleet.of("running", "paused").map(({ name }) => name)]);
  }

  #place(): ClusterPlace {
    const [one, other] = [this.#node(), this.#node()];
    return one === other ? one : [one, other];
  }

  #after(ms: number, run: () => void): void {
    this.#later.push({ at: this.cluster.clock.now() + ms, run });
  }

  #due(): void {
    const now = this.cluster.clock.now();
    const due = this.#later.filter(({ at }) => at <= now);
    for (const each of due) {
      this.#later.splice(this.#later.indexOf(each), 1);
      each.run();
    }
  }
}
