import type { ModuleClass } from "../testing/cluster-node.js";
import type { TestCluster } from "../testing/test-cluster.js";
import type { Role } from "./services.js";

/** A node that should be there. */
export interface FleetNode {
  readonly name: string;
  readonly role: Role;
  state: "running" | "paused" | "down";
}

/** How many nodes of each role there should be. */
export type Complement = Readonly<Record<Role, number>>;

/** The nodes of a simulation: what befalls them, and what is under way because of it. */
export class Fleet {
  readonly nodes: FleetNode[] = [];
  /** Starts and stops that failed, as text. */
  readonly failures: string[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(
    private readonly cluster: TestCluster,
    private readonly modules: Readonly<Record<Role, ModuleClass>>,
    private readonly complement: Complement,
  ) {}

  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  of(...states: readonly FleetNode["state"][]): readonly FleetNode[] {
    return this.nodes.filter(({ state }) => states.includes(state));
  }

  /** Nodes that may go: others of their role are there. */
  spare(): readonly FleetNode[] {
    return this.of("running", "paused").filter(
      ({ role }) => this.of("running", "paused").filter((node) => node.role === role).length > 1,
    );
  }

  /** Starts a node. */
  start(role: Role): Promise<void> {
    return this.#track(`start of a ${role}`, async () => {
      const [name] = await this.cluster.start(this.modules[role]);
      this.nodes.push({ name: name!, role, state: "running" });
    });
  }

  /** A rolling deploy of one node: the new one is there before the old one goes. */
  deploy(old: FleetNode): Promise<void> {
    return this.#track(`deploy over ${old.name}`, async () => {
      await this.start(old.role);
      const others = this.of("running", "paused").filter(({ role }) => role === old.role);
      if (this.nodes.includes(old) && old.state !== "down" && others.length > 1)
        await this.stop(old);
    });
  }

  stop(node: FleetNode): Promise<void> {
    this.resume(node);
    this.#forget(node);
    return this.#track(`stop of ${node.name}`, async () => {
      await this.cluster.stop(node.name);
    });
  }

  async crash(node: FleetNode): Promise<void> {
    node.state = "down";
    await this.cluster.kill(node.name);
  }

  /** Starts a node that is down again, or kills and starts one that runs. */
  restart(node: FleetNode): Promise<void> {
    this.#forget(node);
    return this.#track(`restart of ${node.name}`, async () => {
      await this.cluster.restart(node.name);
      this.nodes.push({ ...node, state: "running" });
    });
  }

  pause(node: FleetNode): void {
    node.state = "paused";
    this.cluster.pause(node.name);
  }

  resume(node: FleetNode): void {
    if (node.state !== "paused" || !this.nodes.includes(node)) return;
    node.state = "running";
    this.cluster.resume(node.name);
  }

  /** Everybody up and in full number; resolves when that is so. */
  async restore(): Promise<void> {
    for (const node of this.of("paused")) this.resume(node);
    await this.#settle();
    for (const node of this.of("down")) void this.restart(node);
    await this.#settle();
    for (const role of Object.keys(this.complement) as Role[]) {
      const there = this.nodes.filter((node) => node.role === role);
      for (let count = there.length; count < this.complement[role]; count++) void this.start(role);
      for (const node of there.slice(this.complement[role])) void this.stop(node);
    }
    await this.#settle();
  }

  async #settle(): Promise<void> {
    do await this.cluster.clock.advance(100);
    while (this.busy);
  }

  #forget(node: FleetNode): void {
    const index = this.nodes.indexOf(node);
    if (index >= 0) this.nodes.splice(index, 1);
  }

  #track(what: string, work: () => Promise<void>): Promise<void> {
    const underWay: Promise<void> = work()
      .catch((error: unknown) => void this.failures.push(`${what}: ${String(error)}`))
      .finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
    return underWay;
  }
}
