/** The process under fire: a real server of one protocol, named by the first argument. */
import "reflect-metadata";
import { createService, topic } from "../../../index.js";
import { httpBroker } from "../../../plugins/broker/http/index.js";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { mdnsRegistry } from "../../../plugins/registry/mdns/index.js";
import { memoryRegistry } from "../../../plugins/registry/memory/index.js";
import { grpcServer } from "../../../plugins/server/grpc/index.js";
import { httpServer } from "../../../plugins/server/http/index.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import { memoryTransport } from "../../../plugins/transport/memory/index.js";
import { rpcServer } from "../../../src/index.js";
import type { Door } from "../protocols/server-protocol.js";
import { fuzzedHandlers } from "./handlers.js";
import { serveParent } from "./serve-parent.js";
import { watchedLogger } from "./watched-logger.js";

const here = "127.0.0.1:0";
const { logger, errors } = watchedLogger();
const environment = realEnvironment({ logger });

/** Small limits, so that inputs get over them. Times are short for the scenarios that sit them out. */
const limits = { maxMessageBytes: 65_536, maxHeaderBytes: 16_384 };
const times = {
  messageTimeoutMs: Number(process.env["FUZZ_MESSAGE_TIMEOUT_MS"] ?? 30_000),
  idleTimeoutMs: Number(process.env["FUZZ_IDLE_TIMEOUT_MS"] ?? 120_000),
};
/** Short, since Node 20 leaves sockets of some broken connections of HTTP/2 open until a ping has no answer. */
const keepAliveMs = Number(process.env["FUZZ_KEEP_ALIVE_MS"] ?? 3_000);
const keepAlive = { keepAliveMs, keepAliveTimeoutMs: keepAliveMs };
/** A machine that is busy with the attack itself is late without being to blame. */
const patient = { maxLoopDelayMs: Number(process.env["FUZZ_MAX_LOOP_DELAY_MS"] ?? Infinity) };
const maxConnections = Number(process.env["FUZZ_MAX_CONNECTIONS"] ?? 10_000);

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

async function service(plugins: Parameters<typeof createService>[0]["plugins"]): Promise<Door> {
  const made = fuzzedHandlers(
    createService({
      name: "fuzz",
      environment,
      plugins: { registry: memoryRegistry(), broker: memoryBroker(), ...plugins },
    }),
  ).subscribe(topic<unknown>("fuzz.topic"), () => undefined);
  await made.start();
  return { port: portOf(made.address) };
}

const overHttp = (): Promise<Door> =>
  service({
    transport: httpTransport({ ...limits, ...times, maxConnections }),
    server: rpcServer({ address: here, ...limits, ...patient }),
  });

async function broker(): Promise<Door> {
  const registry = await memoryRegistry().create(environment);
  const made = await httpBroker({ maxMessageBytes: limits.maxMessageBytes }).create(
    environment,
    registry,
  );
  await made.connect();
  await made.subscribe("fuzz.topic", async () => undefined);
  const [record] = await registry.getService("micro.http.broker");
  const [node] = record!.nodes;
  return { port: portOf(node!.address), subscription: node!.id };
}

async function mdns(): Promise<Door> {
  const port = Number(process.env["FUZZ_UDP_PORT"]);
  const registry = await mdnsRegistry({ port, multicastInterface: "127.0.0.1" }).create(
    environment,
  );
  for (const name of ["fuzz", "probe"])
    await registry.register({
      name,
      version: "1",
      metadata: {},
      endpoints: [],
      nodes: [{ id: `${name}-1`, address: "127.0.0.1:1", metadata: {} }],
    });
  const watch = await registry.watch();
  void (async () => {
    for await (const _event of watch);
  })();
  return { port };
}

const doors: Readonly<Record<string, () => Promise<Door>>> = {
  mucp: overHttp,
  frames: overHttp,
  grpc: () =>
    service({
      transport: memoryTransport(),
      server: grpcServer({
        address: here,
        maxMessageBytes: limits.maxMessageBytes,
        maxConnections,
        ...keepAlive,
        ...patient,
      }),
    }),
  http: () =>
    service({
      transport: memoryTransport(),
      server: httpServer({ address: here, ...limits, ...times, ...patient, maxConnections }),
    }),
  broker,
  mdns,
};

void doors[process.argv[2] ?? ""]!().then((door) => serveParent({ door, errors }));
