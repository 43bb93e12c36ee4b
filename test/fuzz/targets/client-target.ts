/** The process under fire: a client of the protocol that the first argument names, whose server lies. */
import "reflect-metadata";
import { createService } from "../../../index.js";
import { httpBroker } from "../../../plugins/broker/http/index.js";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { grpcClient } from "../../../plugins/client/grpc/index.js";
import { httpClient } from "../../../plugins/client/http/index.js";
import { memoryRegistry } from "../../../plugins/registry/memory/index.js";
import { staticSelector } from "../../../plugins/selector/static/index.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import { rpcClient, rpcServer } from "../../../src/index.js";
import { RpcError, type Client } from "../../../src/spi.js";
import type { Door } from "../protocols/server-protocol.js";
import { CallTally } from "./call-tally.js";
import { Node } from "./node-type.js";
import { serveParent } from "./serve-parent.js";
import { watchedLogger } from "./watched-logger.js";

const { logger, errors } = watchedLogger();
const environment = realEnvironment({ logger });
const honest = new CallTally();
const [protocol = ""] = process.argv.slice(2);

/** Addresses of the server that lies: each is another connection where calls share one. */
const addresses = Array.from({ length: 16 }, (_, index) => `127.0.0.${index + 1}`);
/** Short, since Node 20 keeps connections that have broken until a ping has no answer. */
const keepAlive = { keepAliveMs: 25, keepAliveTimeoutMs: 1_000 };
/** Calls that are under way all the time. */
const outstanding = 32;
const timeoutMs = 500;
/** Milliseconds beyond its time limit after which a call is stuck. */
const graceMs = 3_000;
const maxMessageBytes = 65_536;

/** One call to the server that lies, and one to the one that does not. */
interface Calls {
  hostile(turn: number): Promise<void>;
  honest(turn: number): Promise<void>;
}

async function service(hostile: Door, honestDoor: Door): Promise<Calls> {
  const metadata = {
    protocol: protocol === "frames" ? "mucp" : protocol,
    transport: "http",
    plugboard: "1",
    ...(protocol === "frames" && { frames: "1" }),
  };
  const made = createService({
    name: "caller",
    environment,
    plugins: {
      registry: memoryRegistry(),
      broker: memoryBroker(),
      selector: staticSelector(
        {
          hostile: addresses.map((each) => `${each}:${hostile.port}`),
          fuzz: [`127.0.0.1:${honestDoor.port}`],
        },
        { metadata },
      ),
      transport: httpTransport({ frames: protocol === "frames", maxMessageBytes }),
      server: rpcServer({ address: "127.0.0.1:0" }),
      client:
        protocol === "grpc"
          ? grpcClient({ maxMessageBytes, ...keepAlive })
          : protocol === "http"
            ? httpClient({ maxMessageBytes })
            : rpcClient({ maxMessageBytes }),
    },
  });
  await made.start();
  const { client } = made;
  return {
    hostile: (turn) => hostileCall(client, turn),
    honest: async (turn) => {
      const request = client.newRequest("fuzz", "T.Echo", { turn });
      const reply = (await client.call(request, { timeoutMs: 10_000 })) as {
        readonly turn?: unknown;
      };
      if (reply?.turn !== turn) throw new Error(`a wrong answer: ${JSON.stringify(reply)}`);
    },
  };
}

async function hostileCall(client: Client, turn: number): Promise<void> {
  const options = {
    timeoutMs,
    retries: 0,
    onHeaders: () => undefined,
    onTrailers: () => undefined,
  };
  if (turn % 3 === 0) {
    const shape = { endpoint: "T.Count", replyStream: true, requestStream: false };
    let replies = 0;
    for await (const _reply of client.stream(client.newRequest("hostile", shape, {}), options))
      if (++replies > 20) break;
  } else if (turn % 3 === 1) {
    await client.call(client.newRequest("hostile", "T.Echo", { turn }), options);
  } else {
    const shape = { endpoint: "T.Typed", input: Node, output: Node };
    await client.call(client.newRequest("hostile", shape, { name: "x" }), options);
  }
}

async function broker(hostile: Door, honestDoor: Door): Promise<Calls> {
  const registry = await memoryRegistry().create(environment);
  const plugin = httpBroker({ publishTimeoutMs: timeoutMs });
  const made = await plugin.create(environment, registry);
  await made.connect();
  const subscriber = (topic: string, id: string, port: number) =>
    registry.register({
      name: "micro.http.broker",
      version: `group-${topic}`,
      metadata: {},
      endpoints: [],
      nodes: [
        { id, address: `127.0.0.1:${port}`, metadata: { broker: "http", topic, secure: "false" } },
      ],
    });
  await subscriber("hostile", "hostile-1", hostile.port);
  await subscriber("fuzz.topic", honestDoor.subscription ?? "", honestDoor.port);
  const message = { headers: {}, body: Buffer.from("{}") };
  return {
    hostile: () => made.publish("hostile", message),
    honest: () => made.publish("fuzz.topic", message),
  };
}

async function go([hostile, honestDoor]: readonly Door[]): Promise<void> {
  const make = protocol === "broker" ? broker : service;
  const calls = await make(hostile!, honestDoor!);
  let turn = 0;
  const attacked = async (): Promise<void> => {
    for (;;) {
      const began = performance.now();
      await calls.hostile((turn += 1)).catch((error: unknown) => {
        if (error instanceof RpcError) return;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        honest.fault(`an error of no type: ${text.split("\n").slice(0, 4).join("\n")}`);
      });
      const took = performance.now() - began;
      if (took > timeoutMs + graceMs) honest.fault("a call that took seconds longer than it may");
      await new Promise((resolve) => setImmediate(resolve)); // calls that fail at once leave room for others
    }
  };
  for (let index = 0; index < outstanding; index++) void attacked();
  for (let honestTurn = 1; ; honestTurn++) {
    await honest.count(() => calls.honest(honestTurn));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

serveParent({
  door: { port: 0 },
  errors,
  tally: () => honest.take(),
  go: (doors) => void go(doors),
});
