import { afterEach, expect, test } from "@jest/globals";
import { deflateSync } from "node:zlib";
import { closeAll, greeter, mdnsWorld } from "../../../test/support/mdns-world.js";
import { decodeMessage, encodeMessage, type DnsMessage } from "./dns-message.js";
import { readNodes } from "./read-nodes.js";
import { Watches } from "./watches.js";

afterEach(closeAll);

const tooMany = "more than 4096 labels and pointers";
const empty: DnsMessage = {
  id: 0,
  flags: 0,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
};

/** The bytes of a header that announces so many questions. */
function headed(questions: number, ...rest: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(questions, 4);
  return Buffer.concat([header, ...rest]);
}

test("names that lead through thousands of pointers cost no more than a message's worth", () => {
  // A record of no known type holds the chain: the root, and each pointer leads to the one before.
  const inRecord = Buffer.concat([
    Buffer.from([0, 0, 41, 0, 1, 0, 0, 0, 0, 0x3e, 0x80]),
    Buffer.alloc(16_000),
  ]);
  for (let at = 13; at < inRecord.length; at += 2)
    inRecord.writeUInt16BE(0xc000 | (12 + at - 2), at);
  const target = 12 + inRecord.length - 2;
  const name = Buffer.from([0xc0 | (target >> 8), target & 0xff]);
  const record = Buffer.concat([name, Buffer.from([0, 41, 0, 1, 0, 0, 0, 0, 0, 0])]);
  const packet = headed(0, inRecord, record);
  packet.writeUInt16BE(2, 6);
  expect(() => decodeMessage(packet)).toThrow(tooMany);
});

test("ten thousand long names, each of two bytes, are refused", () => {
  const labels = Buffer.concat(Array<Buffer>(127).fill(Buffer.from([1, 120])));
  const first = Buffer.concat([labels, Buffer.from([0, 0, 1, 0, 1])]);
  const again = Buffer.from([0xc0, 12, 0, 1, 0, 1]);
  const count = 10_000;
  const packet = headed(count + 1, first, ...Array<Buffer>(count).fill(again));
  expect(packet.length).toBeLessThan(65_507);
  expect(() => decodeMessage(packet)).toThrow(tooMany);
  expect(decodeMessage(headed(30, first, ...Array<Buffer>(29).fill(again))).questions).toHaveLength(
    30,
  );
});

test("a question that a packet asks a thousand times is answered once", async () => {
  const { ask, registry } = await mdnsWorld();
  await registry.register(greeter());
  const questions = Array.from({ length: 1_000 }, (_, index) => ({
    name: "greeter.micro.",
    type: index % 2 === 0 ? 12 : 255,
    class: 1,
  }));
  expect(await ask(encodeMessage({ ...empty, questions }))).toHaveLength(1);
});

/** Nodes whose TXT records unpack to `bytes` each. */
function bombs(count: number, bytes: number): DnsMessage {
  const txt = { Service: "a", Version: "1", Endpoints: [], Metadata: {} };
  const json = Buffer.from(JSON.stringify(txt) + " ".repeat(bytes));
  const texts =
    deflateSync(json)
      .toString("hex")
      .match(/.{1,255}/g) ?? [];
  const answers = Array.from({ length: count }, (_, index) => {
    const common = { class: 1, ttl: 120 };
    const name = `n${index}.a.micro.`;
    return [
      { ...common, name, data: { kind: "srv", priority: 1, weight: 1, port: 1, target: "h." } },
      { ...common, name: "h.", data: { kind: "address", bytes: Uint8Array.of(127, 0, 0, 1) } },
      { ...common, name, data: { kind: "txt", texts } },
    ] as const;
  });
  return { ...empty, answers: answers.flat() };
}

test("TXT records share what they may unpack to", () => {
  expect(readNodes(bombs(20, 10_000), "micro")).toHaveLength(20);
  expect(readNodes(bombs(20, 400_000), "micro")).toHaveLength(2);
});

test("what is remembered of announcements has a limit in bytes", async () => {
  const watches = new Watches();
  const watch = watches.add("wanted", undefined);
  const announce = (index: number): void =>
    watches.tell({
      gone: false,
      service: {
        name: "other",
        version: "x".repeat(1_000_000),
        metadata: {},
        endpoints: [],
        nodes: [{ id: `n${index}`, address: "127.0.0.1:1", metadata: {} }],
      },
    });
  const wanted = (): void =>
    watches.tell({
      gone: false,
      service: {
        name: "wanted",
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [{ id: "w", address: "127.0.0.1:1", metadata: {} }],
      },
    });
  const events = watch[Symbol.asyncIterator]();
  wanted();
  expect(await events.next()).toMatchObject({ value: { action: "create" } });
  for (let index = 0; index < 30; index++) announce(index);
  // It was forgotten to make room, so it is news again.
  wanted();
  expect(await events.next()).toMatchObject({ value: { action: "create" } });
  await watch.close();
});
