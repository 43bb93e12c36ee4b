import { createApp, type App, type Environment, type Plugins } from "../../index.js";
import { memoryBroker, type MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { memoryRegistry, type MemoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { Broker, definePlugin, Registry } from "../../src/spi.js";
import { MortalBroker, mortalEnvironment } from "./mortal.js";

/** What the nodes of a cluster share: it outlives each of them. */
export interface Medium {
  readonly registry: MemoryRegistryHub;
  readonly broker: MemoryBrokerHub;
  readonly environment: Environment;
}

/** A process of its own, as far as its app can tell: it can be killed. */
export class ClusterNode {
  readonly environment: Environment;
  readonly plugins: Plugins;
  #alive = true;
  #broker: MortalBroker | undefined;

  constructor(
    /** Its name in the network. */
    readonly host: string,
    environment: Environment,
    { registry, broker, environment: outside }: Medium,
  ) {
    const isAlive = (): boolean => this.#alive;
    this.environment = mortalEnvironment(environment, isAlive);
    // Registry and broker are servers elsewhere: they go on without this node.
    const { logger } = this.environment;
    this.plugins = {
      registry: definePlugin(Registry, "memory", () =>
        memoryRegistry({ hub: registry }).create({ ...outside, logger }),
      ),
      broker: definePlugin(Broker, "memory", async () => {
        const inner = await memoryBroker({ hub: broker }).create({ ...outside, logger });
        return (this.#broker = new MortalBroker(inner, isAlive));
      }),
    };
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.#alive = false;
    await this.#broker?.bury();
  }
}

/** An app on a node. */
export class AppNode {
  readonly app: App;
  /** `stopped` covers the time from the order to stop. */
  state: "running" | "stopped" | "killed" = "running";

  constructor(
    Module: new (...args: never[]) => object,
    private readonly node: ClusterNode,
  ) {
    const { environment, plugins } = node;
    this.app = createApp(Module, { environment, plugins });
  }

  get host(): string {
    return this.node.host;
  }

  async kill(): Promise<void> {
    this.state = "killed";
    await this.node.kill();
  }

  async stop(): Promise<void> {
    this.state = "stopped";
    await this.app.stop();
  }
}
