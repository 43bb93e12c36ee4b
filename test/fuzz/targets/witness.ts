/** An honest caller of the server under fire, in a process of its own: one call after the other. */
import "reflect-metadata";
import { createSocket } from "node:dgram";
import { request } from "node:http";
import { connect } from "node:net";
import { createService } from "../../../index.js";
import { memoryBroker } from "../../../plugins/broker/memory/index.js";
import { grpcClient } from "../../../plugins/client/grpc/index.js";
import { httpClient } from "../../../plugins/client/http/index.js";
import { decodeMessage } from "../../../plugins/registry/mdns/dns-message.js";
import { memoryRegistry, memoryRegistryHub } from "../../../plugins/registry/memory/index.js";
import { realEnvironment } from "../../../plugins/standard/environment.js";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import { rpcServer } from "../../../src/index.js";
import { silentLogger } from "../../../src/spi.js";
import type { Door } from "../protocols/server-protocol.js";
import { mdnsProbe } from "../protocols/mdns-server.js";
import { framesServer } from "../protocols/frames-server.js";
import { CallTally } from "./call-tally.js";
import { serveParent } from "./serve-parent.js";

/** Makes one call; resolves when the answer was right. */
type HonestCall = (turn: number) => Promise<void>;

const environment = realEnvironment({ logger: silentLogger });
const deadlineMs = 10_000;

/** Calls `T.Echo` with our own client. */
async function caller(door: Door, protocol: string, frames: boolean): Promise<HonestCall> {
  const hub = memoryRegistryHub();
  const service = createService({
    name: "witness",
    environment,
    plugins: {
      registry: memoryRegistry({ hub }),
      broker: memoryBroker(),
      transport: httpTransport({ frames }),
      server: rpcServer({ address: "127.0.0.1:0" }),
      ...(protocol === "grpc" && { client: grpcClient() }),
      ...(protocol === "http" && { client: httpClient() }),
    },
  });
  await service.start();
  const registry = await memoryRegistry({ hub }).create(environment);
  const metadata = { protocol, plugboard: "1", ...(frames && { frames: "1" }), transport: "http" };
  await registry.register({
    name: "fuzz",
    version: "1",
    metadata: {},
    endpoints: [],
    nodes: [{ id: "fuzz-1", address: `127.0.0.1:${door.port}`, metadata }],
  });
  const { client } = service;
  return async (turn) => {
    const made = client.newRequest("fuzz", "T.Echo", { turn });
    const reply = (await client.call(made, { timeoutMs: deadlineMs })) as {
      readonly turn?: unknown;
    };
    if (reply?.turn !== turn) throw new Error(`a wrong answer: ${JSON.stringify(reply)}`);
  };
}

/** Posts an event as a publisher does. */
const poster =
  (door: Door): HonestCall =>
  (turn) =>
    new Promise((resolve, reject) => {
      const body = `{"Header":{"Micro-Topic":"fuzz.topic","Micro-ID":"${turn}"},"Body":"e30="}`;
      const asked = request(
        {
          port: door.port,
          host: "127.0.0.1",
          method: "POST",
          path: `/?id=${door.subscription ?? ""}`,
          timeout: deadlineMs,
        },
        (answer) => {
          answer.resume();
          if (answer.statusCode === 200 || answer.statusCode === 503) resolve();
          else reject(new Error(`status ${answer.statusCode ?? 0}`));
        },
      );
      asked.on("timeout", () => asked.destroy(new Error(`no answer in ${deadlineMs} ms`)));
      asked.on("error", reject);
      asked.end(body);
    });

/** Asks for the nodes of a service; asks again when a packet was lost, as every asker of mDNS does. */
function asker(door: Door): HonestCall {
  const socket = createSocket("udp4");
  let heard = (): void => undefined;
  socket.on("message", (bytes) => {
    const { answers } = decodeMessage(bytes);
    if (answers.some(({ data }) => data.kind === "srv" && data.port === 1)) heard();
  });
  return () =>
    new Promise((resolve, reject) => {
      const ask = (): void => socket.send(mdnsProbe, door.port, "127.0.0.1");
      const again = setInterval(ask, 250);
      const late = setTimeout(() => {
        clearInterval(again);
        reject(new Error(`no answer in ${deadlineMs} ms`));
      }, deadlineMs);
      heard = () => {
        clearTimeout(late);
        clearInterval(again);
        resolve();
      };
      ask();
    });
}

/** Pings over frames, for servers that can do no more. */
const pinger =
  (door: Door): HonestCall =>
  (turn) =>
    new Promise((resolve, reject) => {
      const { bytes, mark } = framesServer.probe(turn, door);
      const socket = connect(door.port, "127.0.0.1", () =>
        socket.write(Buffer.concat([framesServer.opening!, bytes])),
      );
      socket.setTimeout(3_000, () => socket.destroy(new Error("no answer in 3000 ms")));
      let came = Buffer.alloc(0);
      socket.on("data", (more) => {
        came = Buffer.concat([came, more]);
        if (came.includes(mark)) socket.destroy();
      });
      socket.on("error", reject);
      socket.on("close", () => {
        if (came.includes(mark)) resolve();
        else reject(new Error("closed without an answer"));
      });
    });

const calls: Readonly<Record<string, (door: Door) => HonestCall | Promise<HonestCall>>> = {
  mucp: (door) => caller(door, "mucp", false),
  frames: (door) => caller(door, "mucp", true),
  grpc: (door) => caller(door, "grpc", false),
  http: (door) => caller(door, "http", false),
  broker: poster,
  mdns: asker,
  ping: pinger,
};

const tally = new CallTally();

async function go([door]: readonly Door[]): Promise<void> {
  const call = await calls[process.argv[2] ?? ""]!(door!);
  for (let turn = 1; ; turn++) {
    await tally.count(() => call(turn));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

serveParent({ door: { port: 0 }, tally: () => tally.take(), go: (doors) => void go(doors) });
