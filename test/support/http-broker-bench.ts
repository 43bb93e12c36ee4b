import { expect } from "@jest/globals";
import { httpBroker, type HttpBrokerOptions } from "../../plugins/broker/http/index.js";
import { HttpReader, type HttpMessage } from "../../plugins/broker/http/http-exchange.js";
import type { Broker, BrokerMessage } from "../../src/spi.js";
import { TableRegistry } from "./table-registry.js";
import { virtualWorld, type VirtualWorldOptions } from "./virtual-environment.js";

/** Bounds for what the tests themselves read. */
export const limits = { maxHeaderBytes: 16_384, maxBodyBytes: 1_000_000 };
/** A handler that never ends. */
export const never = (): Promise<void> => new Promise(() => undefined);
/** A message whose id is its body. */
export const message = (id: string, headers: Record<string, string> = {}): BrokerMessage => ({
  headers: { "micro-id": id, ...headers },
  body: new TextEncoder().encode(id),
});

/** A world with a registry, and what tests do in it. */
export function httpBrokerBench(worldOptions: VirtualWorldOptions = {}) {
  const world = virtualWorld(worldOptions);
  const registry = new TableRegistry(world.clock);
  const made: Broker[] = [];
  const stops: (() => Promise<void>)[] = [];

  async function broker(options: HttpBrokerOptions = {}, host?: string): Promise<Broker> {
    const created = await httpBroker(options).create(world.environment(host), registry);
    await created.connect();
    made.push(created);
    return created;
  }

  /** Registers a subscriber as go-micro does; `answer` is written as it is, undefined never answers. */
  async function peer(
    record: { version: string; topic: string; id: string; secure?: string },
    answer: (request: HttpMessage) => string | undefined = () =>
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ) {
    const requests: HttpMessage[] = [];
    const connections = { count: 0 };
    const server = await world.environment().network.listen("127.0.0.1", 0, (connection) => {
      connections.count += 1;
      const reader = new HttpReader("request", limits);
      connection.listen({
        data: (bytes) => {
          reader.push(bytes);
          for (let next = reader.next(); next; next = reader.next()) {
            requests.push(next);
            const text = answer(next);
            if (text === "") connection.destroy();
            else if (text !== undefined) connection.write(Buffer.from(text));
          }
        },
        close: () => undefined,
      });
    });
    const { version, topic, id, secure = "false" } = record;
    await registry.register({
      name: "micro.http.broker",
      version,
      metadata: {},
      endpoints: [],
      nodes: [
        { id, address: `127.0.0.1:${server.port}`, metadata: { broker: "http", topic, secure } },
      ],
    });
    stops.push(() => server.close());
    return { requests, connections, server };
  }

  /** Sends pieces to an address and gathers what comes back until the connection is closed. */
  async function talk(address: string, pieces: readonly Uint8Array[]): Promise<string> {
    const [host = "", port] = address.split(":");
    const connection = await world.environment().network.connect(host, Number(port));
    let heard = "";
    const closed = new Promise<string>((resolve) =>
      connection.listen({
        data: (bytes) => void (heard += Buffer.from(bytes).toString("latin1")),
        close: () => resolve(heard),
      }),
    );
    for (const piece of pieces) {
      connection.write(piece);
      await world.clock.settle();
    }
    connection.end();
    return closed;
  }

  async function stop(): Promise<void> {
    const gone = Promise.all(made.map((each) => each.disconnect()));
    await world.clock.advance(11_000);
    await gone;
    for (const each of stops) await each();
    expect(world.clock.waiting).toBe(0); // no timer is left behind
  }

  return { ...world, registry, broker, peer, talk, stop };
}

/** Settles a promise while virtual time passes. */
export async function within<Result>(
  { clock }: Pick<ReturnType<typeof httpBrokerBench>, "clock">,
  ms: number,
  promise: Promise<Result>,
): Promise<Result> {
  promise.catch(() => undefined);
  await clock.advance(ms);
  return promise;
}

/** A POST as any client would write it. */
export const post = (target: string, body: string, more = ""): Uint8Array =>
  Buffer.from(
    `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${more}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
