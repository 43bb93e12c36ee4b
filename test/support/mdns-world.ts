import {
  decodeMessage,
  encodeMessage,
  type DnsMessage,
} from "../../plugins/registry/mdns/dns-message.js";
import { mdnsRegistry, type MdnsRegistryOptions } from "../../plugins/registry/mdns/index.js";
import type { DatagramSocket, ServiceRecord } from "../../src/spi.js";
import { virtualWorld } from "./virtual-environment.js";

export const group = "224.0.0.251";
export const port = 5_353;

/** A service with one node. */
export const greeter = (address = "10.0.0.1:8080", id = "greeter-1"): ServiceRecord => ({
  name: "greeter",
  version: "latest",
  metadata: {},
  endpoints: [{ name: "Say.Hello", metadata: { stream: "true" } }],
  nodes: [{ id, address, metadata: { protocol: "mucp" } }],
});

/** A packet with one question. */
export const query = (name: string, type = 12, klass = 1, id = 7): Buffer =>
  encodeMessage({
    id,
    flags: 0,
    questions: [{ name, type, class: klass }],
    answers: [],
    authorities: [],
    additionals: [],
  });

const closing: (() => Promise<void>)[] = [];

/** Closes every registry that {@link mdnsWorld} made. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

/** A registry, and beside it a stranger that asks, and hears the group. */
export async function mdnsWorld(options?: MdnsRegistryOptions) {
  const world = virtualWorld();
  const registry = await mdnsRegistry(options).create(world.environment("10.0.0.1"));
  const stranger = world.environment("10.0.0.9");
  const answers: DnsMessage[] = [];
  const heard: DnsMessage[] = [];
  const fail = (error: Error): never => {
    throw error;
  };
  const asker: DatagramSocket = await stranger.network.datagram({
    port: 0,
    onMessage: (bytes) => void answers.push(decodeMessage(bytes)),
    onError: fail,
  });
  await stranger.network.datagram({
    port,
    shared: true,
    multicastGroup: group,
    onMessage: (bytes) => void heard.push(decodeMessage(bytes)),
    onError: fail,
  });
  closing.push(() => registry.close());
  const ask = async (bytes: Uint8Array): Promise<readonly DnsMessage[]> => {
    answers.length = 0;
    await asker.send(bytes, port, group);
    await world.clock.settle();
    return answers;
  };
  return { world, clock: world.clock, registry, asker, ask, heard };
}
