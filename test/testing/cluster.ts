import {
  createService,
  RpcError,
  type App,
  type Environment,
  type LogFields,
  type Logger,
  type PlainService,
  type Topic,
} from "../../index.js";
import { memoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { virtualWorld, type VirtualWorld } from "../support/virtual-environment.js";
import { AppNode, ClusterNode, type Medium } from "./cluster-node.js";
import { Outbox } from "./outbox.js";

/** What a cluster starts from. */
export interface ClusterOptions {
  /** Start of all chance: the same seed gives the same run. Default 1. */
  readonly seed?: number;
  /** `virtual` (default): time stands still until `clock.advance`; the network is in memory. `real`: both are real, on loopback. */
  readonly clock?: "virtual" | "real";
}

/**
 * The network between the nodes. Nodes are named by a service that they serve, the oldest first
 * where several do; `test` is the caller's own.
 */
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

/** A line of a node's log. */
export interface ClusterLog {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields | undefined;
  /** Milliseconds since the Unix epoch, on the cluster's clock. */
  readonly time: number;
}

/** What was published, decoded, oldest first. */
export interface ClusterBroker {
  published<T>(topic: Topic<T>): readonly T[];
  /** Events of a topic that ended in its dead-letter topic. */
  deadLetters<T>(topic: Topic<T>): readonly T[];
}

/**
 * Many apps in one process, each a node of its own: the apps' own plugins but for registry and
 * broker, which are in memory. The environment of the process, `MICRO_REGISTRY` and the like, is
 * not theirs.
 */
export interface TestCluster extends AsyncDisposable {
  /** Starts each module as a node of its own. */
  start(...modules: readonly (new (...args: never[]) => object)[]): Promise<void>;
  /** A typed client that calls from the node `test`. */
  client<T extends object>(Class: abstract new () => T): T;
  /** A typed publisher that publishes from the node `test`. */
  publisher<T extends object>(Class: abstract new () => T): T;
  /** The app of a running node. */
  app(node: string): App;
  /**
   * Ends a node as a power cut does: nothing is drained or deregistered, what it had in hand of a
   * group goes to another member. Its registration ends when its time is over.
   */
  kill(node: string): Promise<void>;
  /** Stops a node in good order. What it waits for while draining may need `clock.advance`. */
  stop(node: string): Promise<void>;
  readonly net: ClusterNetwork;
  readonly clock: { advance(ms: number): Promise<void> };
  readonly broker: ClusterBroker;
  /** Everything that the nodes have logged, oldest first. */
  readonly logs: readonly ClusterLog[];
}

/** What waits for a dead peer waits for 10 seconds at most; in virtual time that costs nothing. */
const longestStopMs = 60_000;

class Cluster implements TestCluster {
  readonly #world: VirtualWorld | undefined;
  readonly #logs: ClusterLog[] = [];
  readonly #nodes: AppNode[] = [];
  readonly #medium: Medium;
  readonly #outbox: Outbox;
  readonly #caller: PlainService;
  readonly #callerHost: string;
  #hosts = 0;

  constructor({ seed = 1, clock = "virtual" }: ClusterOptions) {
    this.#world = clock === "virtual" ? virtualWorld({ seed }) : undefined;
    const broker = memoryBrokerHub();
    this.#outbox = new Outbox(broker);
    this.#medium = {
      registry: memoryRegistryHub(),
      broker,
      environment: this.#environment("medium"),
    };
    const { host, environment, plugins } = this.#newNode();
    this.#callerHost = host;
    this.#caller = createService({ name: "test", environment, plugins });
  }

  async open(): Promise<this> {
    await this.#caller.start();
    return this;
  }

  #newNode(): ClusterNode {
    const host = `10.0.0.${++this.#hosts}`;
    return new ClusterNode(host, this.#environment(host), this.#medium);
  }

  #environment(host: string): Environment {
    const world = this.#world;
    // The address in the app's own code may be fixed, or taken on this machine.
    if (world) return world.environment(host, { variables: { MICRO_SERVER_ADDRESS: ":0" } });
    const at = (level: keyof Logger) => (message: string, fields?: LogFields) =>
      void this.#logs.push({ level, message, fields, time: Date.now() });
    const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    const real = realEnvironment({ logger });
    const variables = { MICRO_SERVER_ADDRESS: "127.0.0.1:0" };
    return { ...real, process: { ...real.process, variables, args: [] } };
  }

  get logs(): readonly ClusterLog[] {
    return this.#world?.logs ?? this.#logs;
  }

  async start(...modules: readonly (new (...args: never[]) => object)[]): Promise<void> {
    for (const Module of modules) {
      const node = new AppNode(Module, this.#newNode());
      await node.app.start();
      this.#nodes.push(node);
    }
  }

  client<T extends object>(Class: abstract new () => T): T {
    return this.#caller.clientOf(Class);
  }

  publisher<T extends object>(Class: abstract new () => T): T {
    return this.#caller.publisherOf(Class);
  }

  app(name: string): App {
    return this.#node(name).app;
  }

  #node(name: string): AppNode {
    const running = this.#nodes.filter(({ state }) => state === "running");
    const node = running.find((candidate) => candidate.app.services.includes(name));
    if (node) return node;
    const known = ["test", ...running.flatMap(({ app }) => app.services)];
    throw new RpcError(404, `no running node serves ${name}; there are: ${known.join(", ")}`);
  }

  #hostOf(name: string): string {
    return name === "test" ? this.#callerHost : this.#node(name).host;
  }

  #virtual(): VirtualWorld {
    if (this.#world) return this.#world;
    throw new RpcError(501, 'a cluster on the real clock has a real network: use clock: "virtual"');
  }

  async kill(name: string): Promise<void> {
    const { clock, network } = this.#virtual();
    const node = this.#node(name);
    network.kill(node.host);
    await node.kill();
    await clock.settle();
  }

  stop(name: string): Promise<void> {
    return this.#node(name).stop();
  }

  readonly net: ClusterNetwork = {
    partition: (a, b) => {
      const [here, there] = [this.#hostOf(a), this.#hostOf(b)];
      if (here === there) throw new RpcError(400, `${a} and ${b} are on one node`);
      this.#virtual().network.partition(here, there);
    },
    heal: () => this.#virtual().network.heal(),
    latency: (node, ms) => this.#virtual().network.latency(this.#hostOf(node), ms),
    drop: (node, probability) => this.#virtual().network.drop(this.#hostOf(node), probability),
    reset: (node) => this.#virtual().network.reset(this.#hostOf(node)),
  };

  readonly clock = { advance: (ms: number): Promise<void> => this.#virtual().clock.advance(ms) };

  readonly broker: ClusterBroker = {
    published: (topic) => this.#outbox.published(topic),
    deadLetters: (topic) => this.#outbox.deadLetters(topic),
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#world?.network.heal();
    const asked = this.#nodes.filter(({ state }) => state === "stopped");
    const running = this.#nodes.filter(({ state }) => state === "running");
    const stopping = [...running.map((node) => node.stop()), this.#caller.stop()];
    const ends = Promise.allSettled(stopping);
    const others = Promise.allSettled(asked.map((node) => node.stop()));
    await this.#world?.clock.advance(longestStopMs);
    await others; // whoever stopped them heard how it went
    const failures = (await ends).flatMap((end) =>
      end.status === "rejected" ? [end.reason as unknown] : [],
    );
    if (failures.length > 0)
      throw new AggregateError(
        failures,
        `the cluster did not stop cleanly: ${failures.map(String).join("; ")}`,
      );
  }
}

/** Makes clusters. */
export const Test = {
  /** Starts an empty cluster: `await using cluster = await Test.cluster()`. */
  cluster: (options: ClusterOptions = {}): Promise<TestCluster> => new Cluster(options).open(),
};
