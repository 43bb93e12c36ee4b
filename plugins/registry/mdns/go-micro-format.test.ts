import { afterEach, describe, expect, test } from "@jest/globals";
import type { DatagramSocket, ServiceRecord } from "../../../src/spi.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { decodeMessage, encodeMessage, type DnsMessage } from "./dns-message.js";
import { mdnsRegistry, type MdnsRegistryOptions } from "./index.js";
import { decodeTxt } from "./txt-record.js";

const group = "224.0.0.251";
const port = 5_353;

const greeter = (address = "10.0.0.1:8080", id = "greeter-1"): ServiceRecord => ({
  name: "greeter",
  version: "latest",
  metadata: {},
  endpoints: [{ name: "Say.Hello", metadata: { stream: "true" } }],
  nodes: [{ id, address, metadata: { protocol: "mucp" } }],
});

const query = (name: string, type = 12, klass = 1, id = 7): Buffer =>
  encodeMessage({
    id,
    flags: 0,
    questions: [{ name, type, class: klass }],
    answers: [],
    authorities: [],
    additionals: [],
  });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A registry, and beside it a stranger that asks, and hears the group. */
async function setUp(options?: MdnsRegistryOptions) {
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

describe("an answer", () => {
  test("is what go-micro sends: question, PTR, SRV, A, TXT, class IN, TTL 120, id 0", async () => {
    const { registry, ask } = await setUp({ host: "machine" });
    await registry.register(greeter());
    const [answer, more] = await ask(query("greeter.micro."));
    expect(more).toBeUndefined();
    expect(answer).toMatchObject({
      id: 0,
      flags: 0x8400,
      questions: [{ name: "greeter.micro.", type: 12, class: 1 }],
      authorities: [],
      additionals: [],
    });
    const instance = "greeter-1.greeter.micro.";
    const common = { class: 1, ttl: 120 };
    const [ptr, srv, a, txt] = answer?.answers ?? [];
    expect(answer?.answers).toHaveLength(4);
    expect(ptr).toEqual({
      ...common,
      name: "greeter.micro.",
      data: { kind: "ptr", target: instance },
    });
    expect(srv).toEqual({
      ...common,
      name: instance,
      data: { kind: "srv", priority: 10, weight: 1, port: 8_080, target: "machine." },
    });
    expect(a).toEqual({
      ...common,
      name: "machine.",
      data: { kind: "address", bytes: Uint8Array.of(10, 0, 0, 1) },
    });
    expect(txt).toMatchObject({ ...common, name: instance });
    const texts = txt?.data.kind === "txt" ? txt.data.texts : [];
    expect(decodeTxt(texts)).toEqual({
      service: "greeter",
      version: "latest",
      endpoints: greeter().endpoints,
      metadata: { protocol: "mucp" },
    });
  });

  test("comes a packet a node, since go-micro finds an address by the host's name", async () => {
    const { registry, ask } = await setUp();
    await registry.register(greeter("10.0.0.1:1", "greeter-1"));
    await registry.register(greeter("10.0.0.2:2", "greeter-2"));
    expect(await ask(query("greeter.micro."))).toHaveLength(2);
  });

  test("carries IPv6 as AAAA", async () => {
    const { registry, ask } = await setUp();
    await registry.register(greeter("[::1]:8080"));
    const [answer] = await ask(query("greeter.micro."));
    const { data } = answer!.answers[2]!;
    expect(data.kind === "address" && data.bytes.length).toBe(16);
  });

  test.each([
    ["ANY", query("greeter.micro.", 255), 1],
    ["PTR with the unicast bit, which is echoed", query("greeter.micro.", 12, 0x8001), 1],
    ["TXT", query("greeter.micro.", 16), 0],
    ["another class", query("greeter.micro.", 12, 3), 0],
    ["another service", query("other.micro."), 0],
    ["another domain", query("greeter.local."), 0],
  ])("to %s", async (_, bytes, count) => {
    const { registry, ask } = await setUp();
    await registry.register(greeter());
    const answers = await ask(bytes);
    expect(answers).toHaveLength(count);
    for (const answer of answers) expect(answer.questions).toEqual(decodeMessage(bytes).questions);
  });

  test("lists services under _services", async () => {
    const { registry, ask } = await setUp({ host: "machine" });
    await registry.register(greeter("10.0.0.1:1", "greeter-1"));
    await registry.register(greeter("10.0.0.1:2", "greeter-2"));
    const answers = await ask(query("_services.micro."));
    expect(answers).toHaveLength(1);
    expect(answers[0]?.answers.map(({ name, data }) => [name, data])).toEqual([
      ["_services.micro.", { kind: "ptr", target: "greeter._services.micro." }],
      [
        "greeter._services.micro.",
        { kind: "srv", priority: 10, weight: 1, port: 9_999, target: "machine." },
      ],
      ["machine.", { kind: "address", bytes: new Uint8Array(4) }],
      ["greeter._services.micro.", { kind: "txt", texts: [""] }],
    ]);
  });
});

describe("announcements", () => {
  const of = (heard: readonly DnsMessage[], name: string, ttl: number): number =>
    heard.filter(({ answers }) => answers[0]?.name === name && answers[0].ttl === ttl).length;

  test("are made three times, and once more only when something changes", async () => {
    const { registry, clock, heard } = await setUp();
    await registry.register(greeter());
    await clock.settle();
    expect(of(heard, "greeter.micro.", 120)).toBe(1);
    await clock.advance(1_000);
    expect(of(heard, "greeter.micro.", 120)).toBe(2);
    await clock.advance(60_000);
    expect(of(heard, "greeter.micro.", 120)).toBe(3);
    expect(of(heard, "_services.micro.", 120)).toBe(3);
    for (let beat = 0; beat < 10; beat++) {
      await registry.register(greeter(), { ttlMs: 90_000 });
      await clock.advance(30_000);
    }
    expect(of(heard, "greeter.micro.", 120)).toBe(3);
    await registry.register(greeter("10.0.0.1:9999"));
    await clock.advance(60_000);
    expect(of(heard, "greeter.micro.", 120)).toBe(6);
  });

  test("say goodbye with TTL 0, for the service with its last node", async () => {
    const { registry, clock, heard } = await setUp();
    await registry.register(greeter("10.0.0.1:1", "greeter-1"));
    await registry.register(greeter("10.0.0.1:2", "greeter-2"));
    await registry.deregister(greeter("10.0.0.1:1", "greeter-1"));
    await clock.settle();
    expect(of(heard, "greeter.micro.", 0)).toBeGreaterThan(0);
    expect(of(heard, "_services.micro.", 0)).toBe(0);
    await registry.close();
    await clock.advance(60_000);
    expect(of(heard, "_services.micro.", 0)).toBeGreaterThan(0);
    const last = heard.at(-1);
    expect(last?.answers.every(({ ttl }) => ttl === 0)).toBe(true);
  });
});

describe("a stranger", () => {
  /** Answers every question with these packets. */
  async function answering(...packets: readonly Uint8Array[]) {
    const made = await setUp();
    const { world } = made;
    const stranger = world.environment("10.0.0.8");
    const socket = await stranger.network.datagram({
      port,
      shared: true,
      multicastGroup: group,
      onMessage: (_, from) => {
        for (const packet of packets) void socket.send(packet, from.port, from.host);
      },
      onError: () => undefined,
    });
    const found = made.registry.getService("greeter");
    await made.clock.advance(100);
    return { ...made, found: await found };
  }

  const fromGo = async (record: ServiceRecord): Promise<DnsMessage> => {
    const { registry, ask } = await setUp();
    await registry.register(record);
    return (await ask(query("greeter.micro.")))[0]!;
  };

  test("is believed when it speaks the format, also in one packet for two nodes", async () => {
    const [one, two] = [
      await fromGo(greeter("10.0.0.1:1", "a")),
      await fromGo(greeter("10.0.0.2:2", "b")),
    ];
    const both = { ...one, answers: [...one.answers, ...two.answers] };
    const { found } = await answering(encodeMessage(both));
    expect(found.map(({ nodes }) => nodes.map(({ address }) => address))).toEqual([
      ["10.0.0.1:1", "10.0.0.2:2"],
    ]);
  });

  test("is believed when the address comes first", async () => {
    const sound = await fromGo(greeter());
    const { found } = await answering(
      encodeMessage({ ...sound, answers: [...sound.answers].reverse() }),
    );
    expect(found[0]?.nodes[0]?.address).toBe("10.0.0.1:8080");
  });

  test("is not heard when it talks nonsense, nor are the others disturbed", async () => {
    const sound = await fromGo(greeter("10.0.0.1:1", "sound"));
    const bad = await fromGo(greeter("10.0.0.2:2", "bad"));
    const without = (...kinds: readonly string[]): Buffer =>
      encodeMessage({
        ...bad,
        answers: bad.answers.filter(({ data }) => !kinds.includes(data.kind)),
      });
    const renamed = encodeMessage({
      ...bad,
      answers: bad.answers.map((record) => ({
        ...record,
        name: record.name.replace("greeter.micro", "other.micro"),
        data:
          record.data.kind === "ptr"
            ? { ...record.data, target: record.data.target.replace("greeter.micro", "other.micro") }
            : record.data,
      })),
    });
    const { found, world } = await answering(
      Uint8Array.of(1, 2, 3),
      new Uint8Array(0),
      without("txt"),
      without("srv"),
      without("address"),
      without("ptr"),
      renamed,
      encodeMessage({ ...bad, flags: 0 }),
      encodeMessage({ ...bad, answers: bad.answers.map((record) => ({ ...record, ttl: 0 })) }),
      encodeMessage(sound),
    );
    expect(found.flatMap(({ nodes }) => nodes.map(({ id }) => id))).toEqual(["sound"]);
    const ignored = world.logs.filter(({ message }) => message.includes("malformed"));
    expect(ignored.map(({ level }) => level)).toEqual(["debug", "debug"]);
  });

  test("is asked a second time when nobody answered by half time", async () => {
    const { registry, clock, heard } = await setUp();
    const found = registry.getService("greeter");
    await clock.settle();
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ flags: 0, questions: [{ type: 12, class: 1 }] });
    await clock.advance(50);
    expect(heard).toHaveLength(2);
    await clock.advance(50);
    await found;
    expect(heard).toHaveLength(2);
  });
});
