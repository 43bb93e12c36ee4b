import { Ambient, createApp, type App, type StopReport } from "../../index.js";
import { VirtualNodeProcess, type NodeProcess } from "./node-process.js";

/** A module's class. */
export type ModuleClass = new (...args: never[]) => object;

/** A machine of a cluster, and the app that runs on it: one process after the other. */
export class ClusterNode {
  /** `stopped` covers the time from the order to stop. */
  state: "starting" | "running" | "stopped" | "killed" = "starting";
  #process!: NodeProcess;
  #app!: App;

  constructor(
    /** Its name in the network. */
    readonly host: string,
    readonly Module: ModuleClass,
    private readonly newProcess: () => NodeProcess,
  ) {}

  get app(): App {
    return this.#app;
  }

  /** Names this node and no other. */
  get name(): string {
    return `${this.services[0] ?? this.Module.name}@${this.host}`;
  }

  get services(): readonly string[] {
    return this.state === "starting" ? [] : this.#app.services;
  }

  /** The process, where it is a virtual one. */
  get virtual(): VirtualNodeProcess | undefined {
    return this.#process instanceof VirtualNodeProcess ? this.#process : undefined;
  }

  /** Starts a new process. @throws what the app throws. */
  async start(): Promise<void> {
    this.state = "starting";
    this.#process = this.newProcess();
    const { environment, plugins } = this.#process;
    this.#app = createApp(this.Module, { environment, plugins });
    await this.#app.start();
    if (this.state === "starting") this.state = "running";
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.state = "killed";
    await this.virtual?.kill();
    this.#app.get(Ambient).close();
  }

  /** A process that stands still hears of it when it goes on. */
  async stop(): Promise<StopReport> {
    this.state = "stopped";
    await this.virtual?.environment.loop.turn();
    return this.#app.stop();
  }
}
