import {
  createService,
  RpcError,
  type App,
  type Environment,
  type LogFields,
  type Logger,
  type PlainService,
  type StopReport,
} from "../../index.js";
import { memoryBrokerHub, type MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { virtualWorld, type VirtualWorld } from "../support/virtual-environment.js";
import { clusterNetwork, type ClusterNetwork } from "./cluster-network.js";
import { ClusterNode, type ModuleClass } from "./cluster-node.js";
import { NodeDirectory } from "./node-directory.js";
import { realProcess, VirtualNodeProcess, type Medium, type NodeProcess } from "./node-process.js";
import { Outbox } from "./outbox.js";
import type {
  ClusterBroker,
  ClusterLog,
  ClusterOptions,
  ClusterUsage,
  TestCluster,
} from "./test-cluster.js";

/** What waits for a dead peer waits for 10 seconds at most; in virtual time that costs nothing. */
const longestStopMs = 60_000;

/** What a test of the kit itself may replace. */
export interface ClusterParts {
  readonly broker?: MemoryBrokerHub;
}

class Cluster implements TestCluster {
  readonly #world: VirtualWorld | undefined;
  readonly #logs: ClusterLog[] = [];
  readonly #nodes: NodeDirectory;
  readonly #medium: Medium;
  readonly #outbox: Outbox;
  readonly #caller: PlainService;
  readonly #callerProcess: NodeProcess;
  #hosts = 0;

  constructor(
    { seed = 1, clock = "virtual", trace = false, plugins = {} }: ClusterOptions,
    { broker = memoryBrokerHub() }: ClusterParts,
  ) {
    this.#world = clock === "virtual" ? virtualWorld({ seed, trace }) : undefined;
    this.#outbox = new Outbox(broker);
    const environment = this.#world?.environment("medium") ?? this.#realEnvironment();
    this.#medium = { registry: memoryRegistryHub(), broker, environment };
    const host = this.#newHost();
    this.#nodes = new NodeDirectory(host);
    const process = (this.#callerProcess = this.#newProcess(host));
    this.#caller = createService({
      name: "test",
      environment: process.environment,
      plugins: { ...plugins, ...process.plugins },
    });
  }

  async open(): Promise<this> {
    await this.#caller.start();
    return this;
  }

  #newHost(): string {
    return `10.0.0.${++this.#hosts}`;
  }

  #newProcess(host: string): NodeProcess {
    const world = this.#world;
    if (!world) return realProcess(this.#realEnvironment(), this.#medium);
    // The address in the app's own code may be fixed, or taken on this machine.
    const environment = world.environment(host, { variables: { MICRO_SERVER_ADDRESS: ":0" } });
    return new VirtualNodeProcess(environment, world, this.#medium);
  }

  #realEnvironment(): Environment {
    const at = (level: keyof Logger) => (message: string, fields?: LogFields) =>
      void this.#logs.push({ level, message, fields, time: real.clock.now() });
    const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    const real = realEnvironment({ logger });
    const variables = { MICRO_SERVER_ADDRESS: "127.0.0.1:0" };
    return { ...real, process: { ...real.process, variables, args: [] } };
  }

  get logs(): readonly ClusterLog[] {
    return this.#world?.logs ?? this.#logs;
  }

  get trace(): string {
    return this.#world?.trace?.text ?? "";
  }

  get usage(): ClusterUsage {
    const { clock, network } = this.#virtual();
    const nodes = this.#nodes.in("starting", "running", "stopped");
    const processes = [this.#callerProcess, ...nodes.map(({ virtual }) => virtual)];
    const requests = processes.reduce(
      (sum, process) => sum + (process instanceof VirtualNodeProcess ? process.pending : 0),
      0,
    );
    return { connections: network.connections, timers: clock.waiting, requests };
  }

  async start(...modules: readonly ModuleClass[]): Promise<readonly string[]> {
    const names: string[] = [];
    for (const Module of modules) {
      const host = this.#newHost();
      const node = new ClusterNode(host, Module, () => this.#newProcess(host));
      await this.#boot(node, "starts");
      names.push(node.name);
    }
    return names;
  }

  async #boot(node: ClusterNode, what: string): Promise<void> {
    this.#note(node, `${what} ${node.Module.name}`);
    this.#nodes.add(node);
    try {
      await node.start();
    } catch (error) {
      this.#nodes.remove(node);
      throw error;
    }
  }

  #note(node: ClusterNode, what: string): void {
    this.#world?.trace?.add(node.host, what);
  }

  client<T extends object>(Class: abstract new () => T): T {
    return this.#caller.clientOf(Class);
  }

  publisher<T extends object>(Class: abstract new () => T): T {
    return this.#caller.publisherOf(Class);
  }

  app(name: string): App {
    return this.#nodes.running(name).app;
  }

  #virtual(): VirtualWorld {
    if (this.#world) return this.#world;
    throw new RpcError(501, 'a cluster on the real clock has a real network: use clock: "virtual"');
  }

  async kill(name: string): Promise<void> {
    this.#virtual();
    await this.#kill(this.#nodes.running(name));
  }

  async #kill(node: ClusterNode): Promise<void> {
    const { clock, network } = this.#virtual();
    this.#note(node, "is killed");
    network.kill(node.host);
    await node.kill();
    await clock.settle();
  }

  async restart(name: string): Promise<void> {
    this.#virtual();
    const node = this.#nodes.any(name);
    if (node.state === "running") await this.#kill(node);
    this.#nodes.remove(node);
    const { host, Module } = node;
    await this.#boot(new ClusterNode(host, Module, () => this.#newProcess(host)), "starts again");
  }

  pause(name: string): void {
    this.#virtual();
    const node = this.#nodes.running(name);
    this.#note(node, "stands still");
    node.virtual?.pause();
  }

  resume(name: string): void {
    this.#virtual();
    const node = this.#nodes.any(name); // one that is to stop may have to go on first
    this.#note(node, "goes on");
    node.virtual?.resume();
  }

  stop(name: string): Promise<StopReport> {
    const node = this.#nodes.running(name);
    this.#note(node, "stops");
    return node.stop();
  }

  readonly net: ClusterNetwork = clusterNetwork(
    () => this.#virtual().network,
    (name) => this.#nodes.hostOf(name),
  );

  readonly clock = {
    advance: (ms: number): Promise<void> => {
      const { clock, trace } = this.#virtual();
      trace?.add("clock", `advances ${ms} ms`);
      return clock.advance(ms);
    },
    now: (): number => this.#medium.environment.clock.now(),
  };

  readonly broker: ClusterBroker = {
    published: (topic) => this.#outbox.published(topic),
    deadLetters: (topic) => this.#outbox.deadLetters(topic),
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#world?.network.calm();
    const asked = this.#nodes.in("stopped");
    const running = this.#nodes.in("starting", "running");
    for (const node of [...asked, ...running]) node.virtual?.resume();
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

/** An empty cluster, some of its parts replaced. */
export const openCluster = (
  options: ClusterOptions = {},
  parts: ClusterParts = {},
): Promise<TestCluster> => new Cluster(options, parts).open();
