import { rpcClient, rpcServer, type Interceptor } from "../../index.js";
import { MemoryBrokerHub } from "../../plugins/broker/memory/memory-broker-hub.js";
import {
  definePlugin,
  RegistryCache,
  Selector,
  strategySelector,
  type Client,
  type Consumer,
  type Plugin,
} from "../../src/spi.js";
import type { Invariant } from "./invariants.js";
import type { Broken } from "./simulate.js";

/** Something broken on purpose, and the invariant that must notice. */
export interface SimulationMutant {
  readonly name: string;
  readonly breaks: Invariant;
  readonly broken: Broken;
}

const withInterceptor = (interceptor: Interceptor): Broken => ({
  caller: { client: rpcClient({ interceptors: [interceptor] }) },
});

/** A broker whose members are changed as they join. */
class ChangedHub extends MemoryBrokerHub {
  constructor(private readonly change: (member: Consumer) => Consumer["deliver"]) {
    super();
  }

  override join(
    topic: string,
    group: string | undefined,
    member: Consumer,
    ...more: [Parameters<MemoryBrokerHub["join"]>[3]]
  ): ReturnType<MemoryBrokerHub["join"]> {
    const deliver = this.change(member);
    const changed: Consumer = {
      topic: member.topic,
      get stats() {
        return member.stats;
      },
      get free() {
        return member.free;
      },
      room: () => member.room(),
      keyOf: (message, key) => member.keyOf(message, key),
      deliver,
      close: (options) => member.close(options),
    };
    return super.join(topic, group, changed, ...more);
  }
}

class KeylessHub extends MemoryBrokerHub {
  override publish(...[topic, message, options]: Parameters<MemoryBrokerHub["publish"]>): void {
    const { key: _, ...others } = options;
    super.publish(topic, message, others);
  }
}

/** A client that gives each call twice the time. */
const lateClient = (plugin: Plugin<Client>): Plugin<Client> => ({
  ...plugin,
  create: async (...parts) => {
    const client = await plugin.create(...parts);
    return new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name !== "call") return value.bind(target) as unknown;
        const call: Client["call"] = (request, options = {}) =>
          target.call(request, { ...options, timeoutMs: 2 * (options.timeoutMs ?? 5_000) });
        return call;
      },
    });
  },
});

/** Ways to break the engine that a simulation must find. */
export const simulationMutants: readonly SimulationMutant[] = [
  {
    name: "a client whose deadlines come late",
    breaks: "deadline",
    broken: { caller: { client: lateClient(rpcClient()) } },
  },
  {
    name: "a client that makes every failed call again",
    breaks: "once",
    broken: withInterceptor((next) => (call) => next(call).catch(() => next(call))),
  },
  {
    name: "a client that gives a caller the reply before",
    breaks: "reply",
    broken: withInterceptor((next) => {
      let before: unknown;
      return async (call) => {
        const reply = await next(call);
        if (call.shape !== "unary") return reply;
        const given = before ?? reply;
        before = reply;
        return given;
      };
    }),
  },
  {
    name: "a broker that acknowledges before anything is handled",
    breaks: "events",
    broken: {
      broker: () =>
        new ChangedHub((member) => async (message, options) => {
          void member.deliver(message, options).catch(() => undefined);
        }),
    },
  },
  {
    name: "a broker that knows no keys",
    breaks: "order",
    broken: { broker: () => new KeylessHub() },
  },
  {
    name: "a selector that sticks to one node",
    breaks: "starvation",
    broken: {
      caller: {
        selector: definePlugin(
          Selector,
          "sticky",
          (environment, cache) => strategySelector("sticky", () => () => 0, cache, environment),
          [RegistryCache] as const,
        ),
      },
    },
  },
  {
    name: "a server that does not wait for what it has in hand",
    breaks: "deploy",
    broken: { nodes: { server: rpcServer({ drainTimeoutMs: 0 }) } },
  },
  {
    name: "a client that forgets a timer with each call",
    breaks: "memory",
    broken: withInterceptor((next, { timers }) => (call) => {
      timers.after(86_400_000, () => undefined);
      return next(call);
    }),
  },
];
