import {
  createApp,
  createService,
  RpcError,
  type App,
  type Environment,
  type PlainService,
  type Plugins,
  type Topic,
} from "../../index.js";
import { memoryBroker, memoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { virtualWorld, type VirtualWorld } from "../support/virtual-environment.js";
import { Outbox } from "./outbox.js";

/** What a cluster starts from. */
export interface ClusterOptions {
  /** Start of all chance: the same seed gives the same run. Default 1. */
  readonly seed?: number;
  /** `virtual` (default): time stands still until `clock.advance`; the network is in memory. `real`: both are real, on loopback. */
  readonly clock?: "virtual" | "real";
}

/** The network between the nodes. Nodes are named by a service that they serve; `test` is the caller's own. */
export interface ClusterNetwork {
  /** Holds everything between two nodes. */
  partition(a: string, b: string): void;
  /** Ends every partition; what was held arrives. */
  heal(): void;
  /** Delays everything to and from a node, milliseconds each way. */
  latency(node: string, ms: number): void;
  /** Chance from 0 to 1 that a write to or from a node breaks its connection. */
  drop(node: string, probability: number): void;
  /** Breaks every connection of a node. */
  reset(node: string): void;
}

/** What was published, decoded, oldest first. */
export interface ClusterBroker {
  published<T>(topic: Topic<T>): readonly T[];
  /** Events of a topic that ended in its dead-letter topic. */
  deadLetters<T>(topic: Topic<T>): readonly T[];
}

/** Many apps in one process, each a node of its own. */
export interface TestCluster extends AsyncDisposable {
  /** Starts each module as a node of its own. */
  start(...modules: readonly (new (...args: never[]) => object)[]): Promise<void>;
  /** A typed client that calls from the node `test`. */
  client<T extends object>(Class: abstract new () => T): T;
  /** Ends a node as a power cut does: nothing is drained or deregistered. */
  kill(node: string): Promise<void>;
  /** Stops a node in good order. */
  stop(node: string): Promise<void>;
  readonly net: ClusterNetwork;
  readonly clock: { advance(ms: number): Promise<void> };
  readonly broker: ClusterBroker;
}

interface Node {
  readonly app: App;
  readonly host: string;
  readonly names: ReadonlySet<string>;
  dead: boolean;
}

class Cluster implements TestCluster {
  readonly #world: VirtualWorld | undefined;
  readonly #hub = memoryRegistryHub();
  readonly #brokerHub = memoryBrokerHub();
  readonly #outbox = new Outbox(this.#brokerHub);
  readonly #nodes: Node[] = [];
  readonly #caller: PlainService;
  #hosts = 0;

  constructor({ seed = 1, clock = "virtual" }: ClusterOptions) {
    this.#world = clock === "virtual" ? virtualWorld({ seed }) : undefined;
    this.#caller = createService({
      name: "test",
      environment: this.#environment(this.#host()),
      plugins: this.#plugins(),
    });
  }

  async open(): Promise<this> {
    await this.#caller.start();
    return this;
  }

  #host(): string {
    return `10.0.0.${++this.#hosts}`;
  }

  #environment(host: string): Environment {
    return this.#world?.environment(host) ?? realEnvironment();
  }

  #plugins(): Plugins {
    return {
      registry: memoryRegistry({ hub: this.#hub }),
      broker: memoryBroker({ hub: this.#brokerHub }),
    };
  }

  async start(...modules: readonly (new (...args: never[]) => object)[]): Promise<void> {
    for (const Module of modules) {
      const host = this.#host();
      const app = await createApp(Module, {
        environment: this.#environment(host),
        plugins: this.#plugins(),
      }).start();
      this.#nodes.push({ app, host, names: new Set(app.services), dead: false });
    }
  }

  client<T extends object>(Class: abstract new () => T): T {
    return this.#caller.clientOf(Class);
  }

  #node(name: string): Node {
    const node = this.#nodes.find((candidate) => !candidate.dead && candidate.names.has(name));
    if (node) return node;
    const known = this.#nodes.filter(({ dead }) => !dead).flatMap(({ names }) => [...names]);
    throw new RpcError(404, `no running node serves ${name}; there are: test, ${known.join(", ")}`);
  }

  #hostOf(name: string): string {
    return name === "test" ? "10.0.0.1" : this.#node(name).host;
  }

  #virtual(): VirtualWorld {
    if (this.#world) return this.#world;
    throw new RpcError(501, 'a cluster on the real clock has a real network: use clock: "virtual"');
  }

  async kill(name: string): Promise<void> {
    const node = this.#node(name);
    this.#virtual().network.kill(node.host);
    node.dead = true;
    await this.#virtual().clock.settle();
  }

  async stop(name: string): Promise<void> {
    const node = this.#node(name);
    node.dead = true;
    await node.app.stop();
  }

  readonly net: ClusterNetwork = {
    partition: (a, b) => this.#virtual().network.partition(this.#hostOf(a), this.#hostOf(b)),
    heal: () => this.#virtual().network.heal(),
    latency: (node, ms) => this.#virtual().network.latency(this.#hostOf(node), ms),
    drop: (node, probability) => this.#virtual().network.drop(this.#hostOf(node), probability),
    reset: (node) => this.#virtual().network.reset(this.#hostOf(node)),
  };

  readonly clock = { advance: (ms: number): Promise<void> => this.#virtual().clock.advance(ms) };

  readonly broker: ClusterBroker = {
    published: (topic) => this.#outbox.of(topic, topic.name),
    deadLetters: (topic) => this.#outbox.of(topic, `${topic.name}.dead-letter`),
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const stopping = [...this.#nodes.map(({ app }) => app.stop()), this.#caller.stop()];
    // What waits for a dead peer waits in virtual time.
    await this.#world?.clock.advance(60_000);
    await Promise.allSettled(stopping);
  }
}

/** Makes clusters. */
export const Test = {
  /** Starts an empty cluster: `await using cluster = await Test.cluster()`. */
  cluster: (options: ClusterOptions = {}): Promise<TestCluster> => new Cluster(options).open(),
};
