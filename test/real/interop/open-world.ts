import { createService, type Plugin, type Registry } from "plugboard";
import { grpcClient } from "plugboard/plugins/client/grpc";
import { grpcServer } from "plugboard/plugins/server/grpc";
import { httpBroker } from "plugboard/plugins/broker/http";
import { kafkaBroker } from "plugboard/plugins/broker/kafka";
import { Closers } from "../support/closers.js";
import { realWorld } from "../support/real-world.js";
import { GoProgram, type GoOptions } from "./go-program.js";
import { knownFailure } from "./known-failures.js";
import { startOurService } from "./our-service.js";
import type { InteropWorld } from "./world.js";

/** What a column of the matrix is made of. */
export interface WorldOptions {
  readonly major: string;
  readonly registry: "mdns" | "etcd";
  readonly protocol: "mucp" | "grpc";
  readonly plugin: Plugin<Registry>;
  readonly registryAddresses: readonly string[];
  readonly kafkaBrokers: readonly string[];
}

/** Starts both sides of a column. */
export async function openWorld({
  major,
  registry,
  protocol,
  plugin,
  registryAddresses,
  kafkaBrokers,
}: WorldOptions): Promise<InteropWorld & AsyncDisposable> {
  const stack = new Closers();
  try {
    const suffix = `${major}-${registry}-${protocol}`;
    const topics = { go: `go-notes-${suffix}`, ours: `our-notes-${suffix}` };
    const [goName, ourName] = [`go-${suffix}`, `ours-${suffix}`];
    const { environment } = realWorld();
    const broker = httpBroker({ dialect: major === "v1" ? "v1" : "v2" });
    const inGo = { protocol, registry, registryAddresses, broker: "http", serve: true } as const;
    const startGo = async (options: GoOptions): Promise<GoProgram> =>
      stack.add(await GoProgram.start(major, options));

    const go = await startGo({
      ...inGo,
      name: goName,
      subscriptions: [{ topic: topics.go, queue: "" }],
    });
    const overGrpc = { server: grpcServer({ address: "127.0.0.1:0" }), client: grpcClient() };
    const plugins = { registry: plugin, broker, ...(protocol === "grpc" && overGrpc) };
    const ours = stack.add(
      await startOurService(ourName, plugins, { subscriptions: [topics.ours] }),
    );
    const client = stack.add(createService({ name: `client-${suffix}`, environment, plugins }));
    await client.start();
    const watching = await plugin.create(environment);
    stack.defer(() => watching.close());

    const column = { major, registry, direction: "usToGo" } as const;
    const overKafka = async (): Promise<InteropWorld["kafka"]> => {
      if (protocol === "grpc" || knownFailure("events, Kafka", column)) return undefined;
      // go-micro's group begins to hear its partitions one by one, each from what is published next.
      const kafka = kafkaBroker({ brokers: kafkaBrokers, partitions: 1 });
      const [goSide, ourSide] = await Promise.all([
        startGo({
          ...inGo,
          name: `${goName}-kafka`,
          broker: "kafka",
          brokerAddresses: kafkaBrokers,
          subscriptions: [{ topic: topics.go, queue: `${suffix}-go` }],
        }),
        startOurService(
          `${ourName}-kafka`,
          { registry: plugin, broker: kafka },
          { subscriptions: [topics.ours] },
        ),
      ]);
      stack.add(ourSide);
      return { go: goSide, ours: ourSide };
    };
    const kafka = await overKafka();
    return {
      major,
      go,
      goName,
      ours,
      ourName,
      client,
      registry: watching,
      topics,
      kafka,
      goGuest: (name) => GoProgram.start(major, { ...inGo, name }),
      ourGuest: (name) => startOurService(name, plugins),
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}
