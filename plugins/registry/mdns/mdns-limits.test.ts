import { describe, expect, test } from "@jest/globals";
import {
  OptionError,
  type Environment,
  type Registry,
  type ServiceRecord,
} from "../../../src/spi.js";
import { virtualWorld, type VirtualWorld } from "../../../test/support/virtual-environment.js";
import { mdnsRegistry } from "./index.js";

const record = (over: Partial<ServiceRecord> = {}): ServiceRecord => ({
  name: "greeter",
  version: "latest",
  metadata: {},
  endpoints: [],
  nodes: [{ id: "greeter-1", address: "10.0.0.1:8080", metadata: {} }],
  ...over,
});
const node = { id: "greeter-1", address: "10.0.0.1:8080", metadata: {} };

/** Text that zlib cannot shorten much. */
const noise = (world: VirtualWorld, characters: number): string => {
  const { random } = world.environment();
  return Array.from({ length: characters }, () => random.next().toString(36).at(-1)).join("");
};

async function setUp(change: (environment: Environment) => Environment = (same) => same) {
  const world = virtualWorld();
  const environment = change(world.environment("10.0.0.1"));
  return { world, registry: await mdnsRegistry().create(environment) };
}

/** The network with another way to open sockets. */
const networkWith = (
  { network }: Environment,
  parts: Pick<Environment["network"], "datagram">,
): Environment["network"] => ({
  connect: (...how) => network.connect(...how),
  listen: (...how) => network.listen(...how),
  secureContext: (material) => network.secureContext(material),
  addresses: () => network.addresses(),
  hostname: () => network.hostname(),
  ...parts,
});

const found = async ({ clock }: VirtualWorld, registry: Registry) => {
  const lookup = registry.getService("greeter");
  await clock.advance(100);
  return lookup;
};

describe("what is refused", () => {
  test.each([
    ["a host name", { nodes: [{ ...node, address: "example.com:80" }] }, "registry.address"],
    ["no port", { nodes: [{ ...node, address: "10.0.0.1" }] }, "registry.address"],
    ["a long id", { nodes: [{ ...node, id: "x".repeat(64) }] }, "registry.dns-malformed"],
    ["a long name", { name: "x".repeat(64) }, "registry.dns-malformed"],
    ["an empty label", { name: "a..b" }, "registry.dns-malformed"],
  ] as const)("%s, with what was wrong", async (_, over, reason) => {
    const { world, registry } = await setUp();
    const { nodes } = record(over);
    await expect(
      registry.register(record({ ...over, nodes: [node, ...nodes] })),
    ).rejects.toMatchObject({
      code: 400,
      reason,
      retry: "never",
    });
    expect(await found(world, registry)).toEqual([]);
    await registry.close();
  });

  test("a lookup of a name that DNS has no room for", async () => {
    const { registry } = await setUp();
    await expect(registry.getService("x".repeat(64))).rejects.toMatchObject({
      reason: "registry.dns-malformed",
    });
    await registry.close();
  });

  test("more than a packet, naming the sizes", async () => {
    const { world, registry } = await setUp();
    const metadata = { text: noise(world, 60_000) };
    const large = registry.register(record({ nodes: [{ ...node, metadata }] }));
    await expect(large).rejects.toMatchObject({ code: 413, reason: "registry.too-large" });
    await expect(large).rejects.toThrow(/its mDNS record is \d{5} bytes, a packet carries 65507/);
    await registry.close();
  });

  test("options that make no sense", () => {
    expect(() => mdnsRegistry({ port: 0 })).toThrow(OptionError);
    expect(() => mdnsRegistry({ queryWindowMs: 0 })).toThrow(OptionError);
    expect(() => mdnsRegistry({ domain: "" })).toThrow(OptionError);
    expect(() => mdnsRegistry({ domain: "a..b" })).toThrow(OptionError);
    expect(() => mdnsRegistry({ multicastInterface: "eth0" })).toThrow("IPv4 address");
  });
});

test("a record over 1,400 bytes goes without descriptions, with endpoints and their metadata", async () => {
  const { world, registry } = await setUp();
  const peer = await mdnsRegistry().create(world.environment("10.0.0.2"));
  const endpoints = Array.from({ length: 20 }, (_, index) => ({
    name: `Say.Hello${index}`,
    request: { name: noise(world, 100), type: "Request", values: [] },
    metadata: { stream: "true" },
  }));
  await registry.register(record({ endpoints }));
  const [seen] = await found(world, peer);
  expect(seen?.endpoints).toEqual(endpoints.map(({ name, metadata }) => ({ name, metadata })));
  await registry.close();
  await peer.close();
});

describe("without multicast", () => {
  const refuse = async (): Promise<never> => {
    throw new Error("addMembership ENODEV");
  };
  const unreachable = {
    code: 503,
    reason: "registry.unreachable",
    message: expect.stringMatching(/no multicast .*ENODEV.*etcd, consul.*static.*memory/),
  };

  test("every method says so, and what else there is", async () => {
    const { registry } = await setUp((environment) => ({
      ...environment,
      network: networkWith(environment, { datagram: refuse }),
    }));
    for (const method of [
      () => registry.register(record()),
      () => registry.getService("greeter"),
      () => registry.listServices(),
      () => registry.watch(),
    ])
      await expect(method()).rejects.toMatchObject(unreachable);
    await registry.close();
  });

  test("a node that could not be announced is not registered, and is when it works again", async () => {
    let works = false;
    const { world, registry } = await setUp((environment) => ({
      ...environment,
      network: networkWith(environment, {
        datagram: async (options) => {
          const socket = await environment.network.datagram(options);
          const send = (...how: Parameters<typeof socket.send>) =>
            works ? socket.send(...how) : Promise.reject(new Error("ENETUNREACH"));
          return { port: socket.port, close: () => socket.close(), send };
        },
      }),
    }));
    await expect(registry.register(record())).rejects.toThrow("ENETUNREACH");
    works = true;
    expect(await found(world, registry)).toEqual([]);
    await registry.register(record());
    expect(await found(world, registry)).toEqual([record()]);
    await registry.close();
  });

  test("a socket that breaks ends the watches; the next registration opens and announces", async () => {
    const errors: ((error: Error) => void)[] = [];
    const { world, registry } = await setUp((environment) => ({
      ...environment,
      network: networkWith(environment, {
        datagram: (options) => {
          errors.push(options.onError);
          return environment.network.datagram(options);
        },
      }),
    }));
    const watcher = await registry.watch();
    const lost = expect(
      (async () => {
        for await (const _ of watcher);
      })(),
    ).rejects.toMatchObject({ reason: "registry.unreachable" });
    await registry.register(record());
    errors[0]!(new Error("EBADF"));
    await lost;
    const peer = await mdnsRegistry().create(world.environment("10.0.0.2"));
    expect(await found(world, peer)).toEqual([]);
    await registry.register(record());
    expect(await found(world, peer)).toEqual([record()]);
    await registry.close();
    await peer.close();
  });
});

test("close answers lookups under way, and leaves no timer behind", async () => {
  const { world, registry } = await setUp();
  await registry.register(record(), { ttlMs: 1_000 });
  const lookup = expect(registry.getService("greeter")).rejects.toMatchObject({ code: 503 });
  await world.clock.settle();
  await registry.close();
  await lookup;
  expect(world.clock.waiting).toBe(0);
});

test("an abort ends a lookup at once", async () => {
  const { world, registry } = await setUp();
  const abort = new AbortController();
  const lookup = expect(
    registry.getService("greeter", { signal: abort.signal }),
  ).rejects.toMatchObject({
    code: 499,
  });
  await world.clock.settle();
  abort.abort();
  await lookup;
  expect(world.clock.waiting).toBe(0);
  await registry.close();
});
