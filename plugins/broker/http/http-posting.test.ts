import { describe, expect, test } from "@jest/globals";
import {
  httpBrokerBench as bench,
  message,
  within,
} from "../../../test/support/http-broker-bench.js";

describe("posting", () => {
  test("speaks to go-micro to the letter", async () => {
    const { broker, peer, stop } = bench();
    const one = await broker();
    const go = await peer({ version: "q", topic: "my.topic", id: "my.topic-1 &" });
    const sent = message("7", { "content-type": "application/json" });
    await one.publish("my.topic", sent);
    const [request] = go.requests;
    expect(request).toMatchObject({ method: "POST", target: "/?id=my.topic-1+%26" });
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(Buffer.from(request!.body).toString()).toBe(
      '{"Header":{"Micro-Id":"7","Micro-ID":"7","Content-Type":"application/json",' +
        '"Micro-Topic":"my.topic"},"Body":"Nw=="}',
    );
    await stop();
  });

  test("uses a connection again, and a fresh one for a dead one", async () => {
    const { broker, peer, clock, network, stop } = bench();
    const one = await broker();
    const go = await peer({ version: "q", topic: "t", id: "1" });
    for (const id of ["1", "2", "3"]) await one.publish("t", message(id));
    expect(go.connections.count).toBe(1);
    network.reset("127.0.0.1");
    await one.publish("t", message("4"));
    expect([go.requests.length, go.connections.count]).toEqual([4, 2]);
    await clock.advance(30_000);
    await one.publish("t", message("5"));
    expect(go.connections.count).toBe(3);
    await stop();
  });

  test("posts again when a kept connection ends without an answer", async () => {
    const { broker, peer, stop } = bench();
    const one = await broker();
    let count = 0;
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const go = await peer({ version: "q", topic: "t", id: "1" }, () =>
      (count += 1) === 2 ? "" : ok,
    );
    await one.publish("t", message("1"));
    await one.publish("t", message("2"));
    expect([go.requests.length, go.connections.count]).toEqual([3, 2]);
    await stop();
  });

  test("drops a connection that says more than it was asked", async () => {
    const { broker, peer, clock, stop } = bench();
    const one = await broker();
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const go = await peer({ version: "q", topic: "t", id: "1" }, () => `${ok}HTTP/1.1 200 again`);
    await one.publish("t", message("1"));
    await clock.settle();
    await one.publish("t", message("2"));
    expect(go.connections.count).toBe(2);
    await stop();
  });

  test.each([
    ["refuses", "HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n"],
    ["is busy", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"],
    ["knows nothing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"],
    ["speaks something else", "220 smtp ready\r\n\r\n"],
    ["hangs up", ""],
  ])("goes to another member when one %s", async (_, answer) => {
    const { broker, peer, stop } = bench();
    const one = await broker();
    await peer({ version: "q", topic: "t", id: "bad" }, () => answer);
    const good = await peer({ version: "q", topic: "t", id: "good" });
    for (const id of ["1", "2", "3", "4"]) await one.publish("t", message(id));
    expect(good.requests.length).toBe(4);
    await stop();
  });

  test("rejects when no member accepts in time, and waits for one that is busy", async () => {
    const { broker, peer, clock, stop } = bench();
    const one = await broker({ publishTimeoutMs: 1_000 });
    let busy = true;
    const go = await peer({ version: "q", topic: "t", id: "1" }, () =>
      busy
        ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
        : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    );
    await expect(within({ clock }, 1_000, one.publish("t", message("lost")))).rejects.toMatchObject(
      {
        code: 503,
        reason: "broker.unreachable",
        data: { topic: "t", id: "lost" },
      },
    );
    const patient = one.publish("t", message("2"));
    await clock.advance(100);
    busy = false;
    await clock.advance(900);
    await patient;
    await go.server.close();
    await stop();
  });

  test("rejects when a member never answers", async () => {
    const { broker, peer, clock, stop } = bench();
    const one = await broker({ publishTimeoutMs: 1_000 });
    await peer({ version: "q", topic: "t", id: "1" }, () => undefined);
    await expect(within({ clock }, 2_000, one.publish("t", message("1")))).rejects.toThrow(
      "no answer within 1000 ms",
    );
    await stop();
  });

  test("a group whose last member leaves meanwhile is no failure", async () => {
    const { broker, peer, registry, clock, logs, stop } = bench();
    const one = await broker();
    const gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    await peer({ version: "q", topic: "t", id: "1" }, () => {
      void registry.close();
      return gone;
    });
    await within({ clock }, 5_000, one.publish("t", message("1")));
    expect(logs.some(({ message: text }) => text.includes("its group has gone"))).toBe(true);
    await stop();
  });

  test("a broadcast goes on without those that fail, and logs them", async () => {
    const { broker, peer, clock, logs, stop } = bench();
    const one = await broker({ publishTimeoutMs: 1_000 });
    const version = "ff.http.broadcast";
    const busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    const crashed = await peer({ version, topic: "t", id: "crashed" });
    await crashed.server.close();
    await peer({ version, topic: "t", id: "busy" }, () => busy);
    const alone = within({ clock }, 2_000, one.publish("t", message("1")));
    await expect(alone).rejects.toMatchObject({ code: 503, reason: "broker.unreachable" });
    const good = await peer({ version, topic: "t", id: "good" });
    await within({ clock }, 2_000, one.publish("t", message("2")));
    expect(good.requests.length).toBe(1);
    const warned = logs.filter(({ level, fields }) => level === "warn" && fields?.["id"] === "2");
    expect(warned.map(({ fields }) => fields?.["node"]).sort()).toEqual(["busy", "crashed"]);
    await stop();
  });

  test("subscribers of other topics get nothing, and those that take TLS nothing without", async () => {
    const { broker, clock, peer, stop } = bench();
    const one = await broker();
    const other = await peer({ version: "q", topic: "other", id: "2" });
    await one.publish("t", message("1"));
    const secure = await peer({ version: "q", topic: "t", id: "1", secure: "true" });
    await expect(within({ clock }, 10_000, one.publish("t", message("1")))).rejects.toMatchObject({
      reason: "broker.unreachable",
    });
    expect([secure.requests.length, other.requests.length]).toEqual([0, 0]);
    await stop();
  });

  test("messages of a key go to one member, in order, even when nobody waits between them", async () => {
    const { broker, peer, stop } = bench();
    const one = await broker();
    const members = [];
    for (const id of ["a", "b", "c"]) members.push(await peer({ version: "q", topic: "t", id }));
    const sent = Array.from({ length: 12 }, (_, index) => `${index}`);
    await Promise.all(sent.map((id) => one.publish("t", message(id), { key: "k" })));
    const used = members.filter(({ requests }) => requests.length > 0);
    expect(used.length).toBe(1);
    const ids = used[0]!.requests.map(({ body }) => {
      const { Header } = JSON.parse(Buffer.from(body).toString()) as {
        Header: Record<string, string>;
      };
      return Header["Micro-Id"];
    });
    expect(ids).toEqual(sent);
    await stop();
  });

  test("a failed message of a key does not stop the next", async () => {
    const { broker, registry, stop } = bench();
    const one = await broker();
    registry.reachable = false;
    const failed = one.publish("t", message("1"), { key: "k" });
    const next = one.publish("t", message("2"), { key: "k" });
    await expect(failed).rejects.toMatchObject({ code: 503 });
    registry.reachable = true;
    await next.catch(() => undefined);
    await one.publish("t", message("3"), { key: "k" });
    await stop();
  });

  test("an abort ends a publish that waits", async () => {
    const { broker, peer, clock, stop } = bench();
    const one = await broker();
    await peer({ version: "q", topic: "t", id: "1" }, () => undefined);
    const abort = new AbortController();
    const published = one.publish("t", message("1"), { signal: abort.signal });
    published.catch(() => undefined);
    await clock.settle();
    abort.abort(new Error("enough"));
    await expect(published).rejects.toMatchObject({ code: 499 });
    await stop();
  });

  test("disconnect ends a publish that waits", async () => {
    const { broker, peer, clock, stop } = bench();
    const one = await broker();
    await peer(
      { version: "q", topic: "t", id: "1" },
      () => "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    );
    const published = one.publish("t", message("1"));
    published.catch(() => undefined);
    await clock.settle();
    await one.disconnect();
    await expect(published).rejects.toMatchObject({ reason: "broker.not-connected" });
    await stop();
  });

  test("lookups are shared, yet each publish sees what was there before it", async () => {
    const { broker, registry, clock, stop } = bench();
    const one = await broker();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => one.publish("t", message(`${index}`))),
    );
    expect(registry.lookups).toBe(2);
    const cached = await broker({ cacheMs: 1_000 });
    await cached.publish("t", message("1"));
    await cached.publish("t", message("2"));
    expect(registry.lookups).toBe(3);
    await clock.advance(1_000);
    await cached.publish("t", message("3"));
    expect(registry.lookups).toBe(4);
    await stop();
  });

  test("a message over the limit is refused before it is sent", async () => {
    const { broker, stop } = bench();
    const one = await broker({ maxMessageBytes: 3 });
    await expect(one.publish("t", message("1234"))).rejects.toMatchObject({
      code: 413,
      reason: "broker.too-large",
    });
    await stop();
  });
});
