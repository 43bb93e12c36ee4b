import { afterEach, describe, expect, test } from "@jest/globals";
import { closeAll, greeter, mdnsWorld, query } from "../../../test/support/mdns-world.js";
import { decodeMessage, type DnsMessage } from "./dns-message.js";
import { decodeTxt } from "./txt-record.js";

afterEach(closeAll);

describe("an answer", () => {
  test("is what go-micro sends: question, PTR, SRV, A, TXT, class IN, TTL 120, id 0", async () => {
    const { registry, ask } = await mdnsWorld({ host: "machine" });
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
    const { registry, ask } = await mdnsWorld();
    await registry.register(greeter("10.0.0.1:1", "greeter-1"));
    await registry.register(greeter("10.0.0.2:2", "greeter-2"));
    expect(await ask(query("greeter.micro."))).toHaveLength(2);
  });

  test("carries IPv6 as AAAA", async () => {
    const { registry, ask } = await mdnsWorld();
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
    const { registry, ask } = await mdnsWorld();
    await registry.register(greeter());
    const answers = await ask(bytes);
    expect(answers).toHaveLength(count);
    for (const answer of answers) expect(answer.questions).toEqual(decodeMessage(bytes).questions);
  });

  test("lists services under _services", async () => {
    const { registry, ask } = await mdnsWorld({ host: "machine" });
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
    const { registry, clock, heard } = await mdnsWorld();
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
    const { registry, clock, heard } = await mdnsWorld();
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
