import { afterEach, describe, expect, test } from "@jest/globals";
import type { ServiceRecord } from "../../../src/spi.js";
import { follow } from "../../../test/contracts/registry/samples.js";
import {
  closeAll,
  greeter,
  group,
  mdnsWorld,
  port,
  query,
} from "../../../test/support/mdns-world.js";
import { encodeMessage, type DnsMessage } from "./dns-message.js";
import { encodeTxt } from "./txt-record.js";

afterEach(closeAll);

/** A watch of a registry, and a stranger's way to the group. */
async function watching() {
  const made = await mdnsWorld();
  const seen = follow(await made.registry.watch());
  const tell = async (message: DnsMessage): Promise<void> => {
    await made.asker.send(encodeMessage(message), port, group);
    await made.clock.settle();
  };
  return { seen, tell };
}

/** As go-micro v4 announces: no question, no PTR, no authority. */
const goAnnouncement = (ttl: number, version = "latest"): DnsMessage => {
  const common = { class: 1, ttl };
  const name = "go.svc-1234.go.svc.micro.";
  const txt = { service: "go.svc", version, endpoints: [], metadata: { protocol: "mucp" } };
  return {
    id: 0,
    flags: 0x8000,
    questions: [],
    answers: [
      {
        ...common,
        name,
        data: { kind: "srv", priority: 10, weight: 1, port: 4_321, target: "vm." },
      },
      { ...common, name: "vm.", data: { kind: "address", bytes: Uint8Array.of(127, 0, 0, 1) } },
      { ...common, name, data: { kind: "txt", texts: encodeTxt(txt) } },
    ],
    authorities: [],
    additionals: [],
  };
};

describe("a watch", () => {
  test("hears go-micro's announcements, each change once", async () => {
    const { seen, tell } = await watching();
    for (const message of [
      ...[goAnnouncement(120), goAnnouncement(120), goAnnouncement(120)],
      ...[goAnnouncement(120, "2"), goAnnouncement(0, "2"), goAnnouncement(0, "2")],
      goAnnouncement(120),
    ])
      await tell(message);
    expect(seen.events.map(({ action, service }) => `${action} ${service.version}`)).toEqual([
      ...["create latest", "update 2", "delete 2", "create latest"],
    ]);
    expect(seen.events[0]?.service).toEqual({
      name: "go.svc",
      version: "latest",
      metadata: {},
      endpoints: [],
      nodes: [{ id: "go.svc-1234", address: "127.0.0.1:4321", metadata: { protocol: "mucp" } }],
    });
  });

  test("hears of a goodbye of which it had not heard the greeting", async () => {
    const { seen, tell } = await watching();
    await tell(goAnnouncement(0));
    expect(seen.has("go.svc-1234", "delete")).toBe(true);
  });

  test("does not hear queries, errors and listings", async () => {
    const { seen, tell } = await watching();
    for (const flags of [0, 0x8003, 0xa000]) await tell({ ...goAnnouncement(120), flags });
    expect(seen.events).toEqual([]);
  });
});

describe("a stranger", () => {
  /** Answers every question with these packets. */
  async function answering(...packets: readonly Uint8Array[]) {
    const made = await mdnsWorld();
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
    const { registry, ask } = await mdnsWorld();
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
    const { registry, clock, heard } = await mdnsWorld();
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
