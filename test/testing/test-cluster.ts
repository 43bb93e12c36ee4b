import type { App, LogFields, Logger, Plugins, StopReport, Topic } from "../../index.js";
import type { ModuleClass } from "./cluster-node.js";
import type { ClusterNetwork } from "./cluster-network.js";

/** What a cluster starts from. */
export interface ClusterOptions {
  /** Start of all chance: the same seed gives the same run. Default 1. */
  readonly seed?: number;
  /** `virtual` (default): time stands still until `clock.advance`; the network is in memory. `real`: both are real, on loopback. */
  readonly clock?: "virtual" | "real";
  /** Whether every event is noted in {@link TestCluster.trace}. Virtual clusters only. Default false. */
  readonly trace?: boolean;
  /** Plugins of the caller's own node, `test`. Registry and broker are the cluster's. */
  readonly plugins?: Plugins;
}

/** A line of a node's log. */
export interface ClusterLog {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields | undefined;
  /** Milliseconds since the Unix epoch, on the cluster's clock. */
  readonly time: number;
}

/** What was published, decoded, oldest first. What the network carried twice is listed once. */
export interface ClusterBroker {
  published<T>(topic: Topic<T>): readonly T[];
  /** Events of a topic that ended in its dead-letter topic. */
  deadLetters<T>(topic: Topic<T>): readonly T[];
}

/** What is open in a cluster: after a test that leaves nothing behind it is what it was before. */
export interface ClusterUsage {
  /** Connections between nodes. */
  readonly connections: number;
  /** Timers that wait, those of the registry's time limits included. */
  readonly timers: number;
  /** Requests of nodes to registry and broker that wait for their answers. */
  readonly requests: number;
}

/**
 * Many apps in one process, each a node of its own: the apps' own plugins but for registry and
 * broker, which are servers in memory named `registry` and `broker`. The environment of the process,
 * `MICRO_REGISTRY` and the like, is not theirs.
 *
 * Nodes are named by a service that they serve, the oldest running one first where several do, or
 * exactly by what {@link TestCluster.start} returns; `test` is the caller's own. Where latency or a partition
 * stands in the way, `start`, `restart` and `stop` need `clock.advance` before they resolve.
 */
export interface TestCluster extends AsyncDisposable {
  /** Starts each module as a node of its own. Resolves with their names, such as `users@10.0.0.2`. */
  start(...modules: readonly ModuleClass[]): Promise<readonly string[]>;
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
  /** Starts a node's module again on the same host, as a new process; one that still runs is killed first. */
  restart(node: string): Promise<void>;
  /**
   * Makes a node stand still, as SIGSTOP does: its timers do not fire and it reads nothing, while
   * its connections stay open and fill. What it awaits of the test itself goes on.
   */
  pause(node: string): void;
  /** Lets a paused node go on: what came meanwhile happens now, in its order. */
  resume(node: string): void;
  /** Stops a node in good order. What it waits for while draining may need `clock.advance`. */
  stop(node: string): Promise<StopReport>;
  readonly net: ClusterNetwork;
  readonly clock: {
    /** Moves time by milliseconds; what is due happens in its order. */
    advance(ms: number): Promise<void>;
    /** Milliseconds since the Unix epoch. */
    now(): number;
  };
  readonly broker: ClusterBroker;
  /** What is open at this moment. Virtual clusters only. */
  readonly usage: ClusterUsage;
  /** Everything that the nodes have logged, oldest first. */
  readonly logs: readonly ClusterLog[];
  /**
   * Every event of network, clock, log and test so far, a line each: milliseconds, who, what. The
   * same seed and the same test give the same text. Empty unless the cluster was made with `trace`.
   */
  readonly trace: string;
}
