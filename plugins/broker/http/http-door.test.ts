import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Delivery } from "../../../src/spi.js";
import {
  httpBrokerBench as bench,
  limits,
  message,
  never,
  post,
} from "../../../test/support/http-broker-bench.js";
import type { HttpBrokerOptions } from "./index.js";
import { HttpReader } from "./http-exchange.js";

describe("the door", () => {
  async function open(
    options: HttpBrokerOptions = {},
    work: (delivery: Delivery) => Promise<void> = async () => undefined,
  ) {
    const { registry, broker, ...rest } = bench();
    const one = await broker(options);
    const seen: Delivery[] = [];
    const subscription = await one.subscribe(
      "my.topic",
      (delivery) => {
        seen.push(delivery);
        return work(delivery);
      },
      { retry: { attempts: 1 } },
    );
    const service = options.dialect === "v1" ? "go.micro.http.broker" : "micro.http.broker";
    const id = (await registry.getService(service))[0]!.nodes[0]!.id;
    return { ...rest, one, registry, broker, seen, id, subscription };
  }
  const envelope = '{"Header":{"Micro-Topic":"my.topic","Micro-ID":"7"},"Body":"aGk="}';

  test.each(["v2", "v1"] as const)("answers 200 without a body (%s)", async (dialect) => {
    const { one, seen, id, talk, stop } = await open({ dialect }, async () => {
      throw new Error("as in Go, nobody hears of it");
    });
    const path = dialect === "v1" ? "/_sub" : "/";
    const body = dialect === "v1" ? envelope.replace("Micro-Topic", ":topic") : envelope;
    const heard = await talk(one.address, [post(`${path}?id=${id}`, body)]);
    expect(heard).toBe("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(seen[0]?.message.headers["micro-id"]).toBe("7");
    expect("micro-topic" in seen[0]!.message.headers).toBe(dialect === "v2");
    await stop();
  });

  test("answers the requests of a kept connection in turn", async () => {
    const { one, seen, id, talk, stop } = await open();
    const all = [1, 2, 3].map(() => post(`/?id=${id}`, envelope));
    const heard = await talk(one.address, [Buffer.concat(all), ...all]);
    expect(heard.split("HTTP/1.1 200 OK").length).toBe(7);
    expect(seen.length).toBe(6);
    await stop();
  });

  test.each([
    [405, "GET /?id=ID HTTP/1.1\r\nHost: a\r\n\r\n"],
    [404, post("/elsewhere?id=ID", envelope)],
    [404, post("/?id=other", envelope)],
    [404, post("/", envelope)],
    [404, post("/?id=ID", envelope.replace("my.topic", "other"))],
    [500, post("/?id=ID", "not JSON")],
    [500, post("/?id=ID", '{"Header":{},"Body":""}')],
    [400, "nonsense\r\n\r\n"],
    [431, `POST / HTTP/1.1\r\nHost: ${"a".repeat(20_000)}`],
    [413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"],
    [501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"],
  ])("answers %d with error JSON to %s", async (status, request) => {
    const { one, seen, id, talk, stop } = await open();
    const text = typeof request === "string" ? request : Buffer.from(request).toString();
    const heard = await talk(one.address, [Buffer.from(text.replace("id=ID", `id=${id}`))]);
    const [head = "", body = ""] = heard.split("\r\n\r\n");
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head.includes("Allow: POST")).toBe(status === 405);
    expect(JSON.parse(body)).toMatchObject({ id: "go.micro.broker", code: status });
    expect(seen).toEqual([]);
    await stop();
  });

  test("answers 503 when too many messages wait", async () => {
    const { one, id, talk, stop } = await open({ maxQueued: 1 }, never);
    const heard = await talk(one.address, Array<Uint8Array>(4).fill(post(`/?id=${id}`, envelope)));
    expect(heard.match(/HTTP\/1\.1 [0-9]+/g)).toEqual(
      ["200", "200", "503", "503"].map((status) => `HTTP/1.1 ${status}`),
    );
    await stop();
  });

  test("a publisher waits until a full subscription has room, and nothing is lost", async () => {
    const { broker, clock, stop } = bench();
    const one = await broker({ maxQueued: 2 });
    const ends: (() => void)[] = [];
    await one.subscribe("t", () => new Promise((resolve) => ends.push(resolve)));
    const published = Promise.all(
      ["1", "2", "3", "4", "5"].map((id) => one.publish("t", message(id))),
    );
    for (let round = 0; ends.length < 5; round += 1) {
      await clock.advance(200);
      ends.at(-1)?.();
    }
    await published;
    await stop();
  });

  test("a message that is lost at the end is logged with its id", async () => {
    const { one, id, talk, logs, stop } = await open({}, never);
    await talk(one.address, [post(`/?id=${id}`, envelope)]);
    await stop();
    expect(logs.filter(({ level }) => level === "error")).toMatchObject([
      { message: "a message was lost", fields: { topic: "my.topic", id: "7" } },
    ]);
  });

  test("drops who is slow or silent", async () => {
    const { one, id, clock, stop, environment } = await open();
    const [host = "", port] = one.address.split(":");
    const dial = async (first: string) => {
      const connection = await environment().network.connect(host, Number(port));
      const heard = { text: "", closed: false };
      connection.listen({
        data: (bytes) => void (heard.text += Buffer.from(bytes).toString()),
        close: () => (heard.closed = true),
      });
      if (first !== "") connection.write(Buffer.from(first));
      return heard;
    };
    const slow = await dial("POST / HTTP/1.1\r\n");
    const silent = await dial("");
    const kept = await dial(Buffer.from(post(`/?id=${id}`, envelope)).toString());
    await clock.advance(11_000);
    expect(slow).toEqual({
      text: expect.stringContaining("408 Request Timeout") as unknown,
      closed: true,
    });
    expect([silent.closed, kept.closed]).toEqual([false, false]);
    await clock.advance(50_000);
    expect([silent.closed, kept.closed]).toEqual([true, true]);
    await stop();
  });

  test("drops who keeps its side open after the last answer", async () => {
    const { one, clock, stop, environment } = await open();
    const [host = "", port] = one.address.split(":");
    const connection = await environment().network.connect(host, Number(port));
    let closed = false;
    connection.listen({
      data: () => undefined,
      end: () => undefined,
      close: () => (closed = true),
    });
    connection.write(Buffer.from("nonsense\r\n\r\n"));
    await clock.advance(900);
    connection.write(Buffer.from("more"));
    await clock.settle();
    expect(closed).toBe(false);
    await clock.advance(100);
    connection.write(Buffer.from("more")); // nobody is there: the connection breaks
    await clock.settle();
    expect(closed).toBe(true);
    await stop();
  });

  test("any bytes, however split, are answered or dropped, and the next request is served", async () => {
    const part = fc.constantFrom(
      "POST /?id=ID HTTP/1.1\r\n",
      "GET / HTTP/1.0\r\n",
      "Host: a\r\n",
      "Content-Length: 66\r\n",
      "Transfer-Encoding: chunked\r\n",
      "42\r\n",
      "0\r\n\r\n",
      "\r\n",
      envelope,
      "\0",
      "{",
      "Connection: close\r\n",
    );
    const plausible = fc.array(part, { maxLength: 15 }).map((parts) => Buffer.from(parts.join("")));
    const { one, seen, id, talk, stop } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(plausible, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 }),
        async (pieces) => {
          const heard = await talk(
            one.address,
            pieces.map((piece) =>
              Buffer.from(
                Buffer.from(piece).toString("latin1").replace("id=ID", `id=${id}`),
                "latin1",
              ),
            ),
          );
          const answers = new HttpReader("response", limits);
          answers.push(Buffer.from(heard, "latin1"));
          while (answers.next()); // throws for what is no HTTP
          expect(answers.begun).toBe(false);
          const before = seen.length;
          await talk(one.address, [post(`/?id=${id}`, envelope)]);
          expect(seen.length).toBe(before + 1);
        },
      ),
      { numRuns: 60 },
    );
    await stop();
  });
});
