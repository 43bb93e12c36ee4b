import type { Environment, Plugins } from "../../index.js";
import { memoryBroker, type MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { memoryRegistry, type MemoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { Broker, definePlugin, Registry } from "../../src/spi.js";
import type { ServerLink } from "../support/server-link.js";
import type { VirtualEnvironment, VirtualWorld } from "../support/virtual-environment.js";
import { RemoteBroker } from "./remote-broker.js";
import { RemoteRegistry } from "./remote-registry.js";

/** What the nodes of a cluster share: it outlives each of them. */
export interface Medium {
  readonly registry: MemoryRegistryHub;
  readonly broker: MemoryBrokerHub;
  readonly environment: Environment;
}

/** A process with a registry and a broker elsewhere. */
export interface NodeProcess {
  readonly environment: Environment;
  readonly plugins: Plugins;
}

/** Registry and broker are servers elsewhere: they have a world of their own, but for the log. */
const elsewhere = ({ environment }: Medium, { logger }: Environment): Environment => ({
  ...environment,
  logger,
});

/** A process in the real world, which cannot be killed alone. */
export const realProcess = (environment: Environment, medium: Medium): NodeProcess => ({
  environment,
  plugins: {
    registry: definePlugin(Registry, "memory", () =>
      memoryRegistry({ hub: medium.registry }).create(elsewhere(medium, environment)),
    ),
    broker: definePlugin(Broker, "memory", () =>
      memoryBroker({ hub: medium.broker }).create(elsewhere(medium, environment)),
    ),
  },
});

/** A process in a virtual world: it can be paused and killed. */
export class VirtualNodeProcess implements NodeProcess {
  readonly plugins: Plugins;
  readonly #links: readonly ServerLink[];
  #broker: RemoteBroker | undefined;
  #registry: RemoteRegistry | undefined;

  constructor(
    readonly environment: VirtualEnvironment,
    world: VirtualWorld,
    medium: Medium,
  ) {
    const servers = elsewhere(medium, environment);
    const registry = world.link(environment, "registry");
    const broker = world.link(environment, "broker");
    this.#links = [registry, broker];
    this.plugins = {
      registry: definePlugin(Registry, "memory", async () => {
        const inner = await memoryRegistry({ hub: medium.registry }).create(servers);
        return (this.#registry = new RemoteRegistry(inner, registry));
      }),
      broker: definePlugin(Broker, "memory", async () => {
        const inner = await memoryBroker({ hub: medium.broker }).create(servers);
        return (this.#broker = new RemoteBroker(inner, broker));
      }),
    };
  }

  /** Requests to registry and broker that wait for their answers. */
  get pending(): number {
    return this.environment.loop.ended
      ? 0
      : this.#links.reduce((sum, { pending }) => sum + pending, 0);
  }

  pause(): void {
    this.environment.loop.pause();
  }

  resume(): void {
    this.environment.loop.resume();
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.environment.loop.end();
    await this.#broker?.bury();
    await this.#registry?.bury();
  }
}
