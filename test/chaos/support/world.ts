import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startEtcd, type EtcdServer } from "../../real/etcd/etcd-server.js";
import type { CallFigures } from "../programs/call-log.js";
import type { Refused } from "../programs/ticker.js";
import { deliveriesOf, type Delivery } from "./delivery.js";
import { readEntries } from "./entries.js";
import type { Ground } from "./ground.js";
import { loopback, type Place } from "./place.js";
import { pause } from "./pause.js";
import { Program } from "./program.js";

/** How a scenario is set up. */
export interface WorldOptions {
  /** The scenario's name. */
  readonly name: string;
  /** Nodes at the beginning. Default 10. */
  readonly nodes?: number;
  /** Where node `index` runs. Default: on loopback. */
  readonly placeOf?: (index: number) => Place;
  /** Where the caller runs. Default: on loopback. */
  readonly callerPlace?: Place;
  /** Milliseconds that a handler takes. Default 20. */
  readonly paceMs?: number;
}

/** A node's program with its place among the others, which its successors take over. */
export interface Node {
  readonly index: number;
  /** The node id in the registry: a new one with each start. */
  readonly id: string;
  readonly program: Program;
}

/** What is known when the load has ended. */
export interface Settled {
  readonly deliveries: readonly Delivery[];
  /** Calls that are not idempotent and were run more than once. */
  readonly twice: number;
}

/** Milliseconds that late events get at the end. */
const settleMs = 40_000;

/** Nodes, a caller, and the etcd where they find each other. */
export class World implements AsyncDisposable {
  readonly nodes: Node[] = [];
  caller!: Program;
  readonly #folder: string;
  #starts = 0;

  private constructor(
    readonly ground: Ground,
    private readonly options: WorldOptions,
    readonly etcd: EtcdServer,
  ) {
    this.#folder = join(ground.folder, options.name);
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Starts everything. Nothing is left running when that fails. */
  static async open(ground: Ground, options: WorldOptions): Promise<World> {
    const { name, nodes = 10 } = options;
    ground.progress(`${name}: starting etcd, ${nodes} nodes and a caller`);
    const etcd = await startEtcd({ host: ground.host });
    const world = new World(ground, options, etcd);
    try {
      await Promise.all(Array.from({ length: nodes }, (_, index) => world.startNode(index)));
      const place = options.callerPlace ?? loopback;
      world.caller = await world.start("caller", "caller", place, {
        CHAOS_KAFKA: world.#kafka,
      });
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** Starts a node in that place, and waits until it is registered. Even ones take events from Kafka, odd ones over HTTP. */
  async startNode(index: number): Promise<Node> {
    const { placeOf = () => loopback, paceMs = 20 } = this.options;
    const place = placeOf(index);
    const id = `node${index}-${++this.#starts}`;
    const overKafka = index % 2 === 0;
    const program = await this.start(id, "node", place, {
      MICRO_SERVER_ID: id,
      MICRO_BROKER: overKafka ? "kafka" : "http",
      MICRO_BROKER_ADDRESS: overKafka ? this.#kafka : `${place.host}:0`,
      CHAOS_PACE_MS: String(paceMs),
    });
    return (this.nodes[index] = { index, id, program });
  }

  /** Starts a program in this world, and waits until it is ready. */
  start(
    name: string,
    file: string,
    { host, enter }: Place,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Program> {
    return Program.start({
      name,
      file,
      enter,
      folder: this.#folder,
      env: {
        MICRO_REGISTRY: "etcd",
        MICRO_REGISTRY_ADDRESS: this.etcd.endpoints.join(","),
        MICRO_SERVER_ADDRESS: `${host}:0`,
        CHAOS_TOPIC: `chaos.${this.options.name}`,
        CHAOS_JOURNAL: join(this.#folder, `${name}.journal`),
        ...env,
      },
    });
  }

  get ids(): readonly string[] {
    return this.nodes.map(({ id }) => id);
  }

  get #kafka(): string {
    return this.ground.kafka.brokers[0] ?? "";
  }

  /** Lets calls and events begin. */
  async load(callsPerSecond: number, eventsPerSecond = 20): Promise<void> {
    await this.caller.ask("start", { callsPerSecond, eventsPerSecond });
  }

  /** Lets time pass, unless the run is broken off. */
  pause(ms: number): Promise<void> {
    return pause(ms, this.ground.signal);
  }

  /** Calls that have ended so far. */
  calls(): Promise<number> {
    return this.caller.ask<number>("calls");
  }

  /** Figures of the calls begun in a span of time. */
  figures(from: number, to = Number.MAX_VALUE): Promise<CallFigures> {
    return this.caller.ask<CallFigures>("figures", { from, to });
  }

  rightAgainMs(since: number, nodes: readonly string[]): Promise<number | undefined> {
    return this.caller.ask<number | undefined>("rightAgain", { since, nodes });
  }

  /** Ends the load, waits for late events, and says what became of all. */
  async settle(): Promise<Settled> {
    const refused = await this.caller.ask<Readonly<Record<string, Refused>>>("stop");
    const until = performance.now() + settleMs;
    const lost = (): boolean =>
      deliveriesOf(readEntries(this.#folder), refused).some((each) => each.lost > 0);
    while (lost() && performance.now() < until) await this.pause(200);
    await this.pause(500); // a repetition may be on its way still
    const entries = readEntries(this.#folder);
    const runs = [...entries.write.values()];
    return {
      deliveries: deliveriesOf(entries, refused),
      twice: runs.filter((count) => count > 1).length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const programs = this.nodes.map(({ program }) => program);
    if (this.caller) programs.push(this.caller);
    await Promise.all(programs.map((program) => program.kill()));
    await this.etcd.stop();
  }
}
