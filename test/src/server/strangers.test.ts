import { describe, expect, test } from "@jest/globals";
import type { StandardSchema } from "../../../src/call/schema.js";
import { collect, stream } from "../../contracts/pair/tools.js";
import { bench, bytes, echo, errorOf, json, nothing, text } from "./raw-caller.js";

describe("a server that is called by strangers", () => {
  test("answers to the names of old go-micro", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    for (const name of ["micro-method", "x-micro-endpoint", "x-micro-method"]) {
      const headers = { "content-type": "application/json", [name]: "Strange.Echo" };
      const [reply] = await exchange({ headers, body: bytes("[1]") });
      expect(text(reply)).toBe("[1]\n");
    }
  });

  test("answers with the id that it was asked with, and echoes nothing else", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    const headers = json("Strange.Echo", { "micro-id": "42", authorization: "Bearer x" });
    const [reply] = await exchange({ headers, body: bytes("1") });
    expect(reply?.headers).toEqual({ "content-type": "application/json", "micro-id": "42" });
  });

  test("takes a stranger attempt for the first, and a stranger timeout for none", async () => {
    const seen: unknown[] = [];
    const { node, exchange } = await bench({
      "Strange.Echo": [async (_request, { attempt, deadline }) => seen.push([attempt, deadline])],
    });
    await node.start();
    for (const attempt of ["0", "-1", "two", "1.5", "", "99999999999999999999"])
      await exchange({
        headers: json("Strange.Echo", { "plugboard-attempt": attempt, timeout: "soon" }),
      });
    expect(seen).toEqual(Array(6).fill([1, undefined]));
  });

  test.each([
    ["Strange.Echo", "sideways", { code: 400, reason: "server.unknown-shape" }],
    ["Strange.Echo", "server-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "client-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "bidi-stream", { code: 405, reason: "server.wrong-shape" }],
    ["Strange.Count", "unary", { code: 405, reason: "server.wrong-shape" }],
  ])("refuses %s as %s", async (endpoint, shape, error) => {
    const { node, exchange } = await bench({
      "Strange.Echo": echo,
      "Strange.Count": [() => stream(1, 2), { replyStream: true, requestStream: false }],
    });
    await node.start();
    const headers = json(endpoint, { "plugboard-shape": shape });
    const replies = await exchange({ headers, body: bytes("{}") });
    expect(replies.map(errorOf)).toMatchObject([error]);
  });

  test("streams to a caller that only says so by a stream id", async () => {
    const { node, exchange } = await bench({
      "Strange.Count": [
        ({ to }: { to: number }) => stream(...Array.from({ length: to }, (_, n) => n)),
        { replyStream: true },
      ],
      "Strange.Talk": [
        async function* (requests: AsyncIterable<unknown>) {
          for await (const request of requests) yield { heard: request };
        },
        { replyStream: true, requestStream: true },
      ],
      "Strange.Sum": [
        async (requests: AsyncIterable<number>) => {
          let sum = 0;
          for await (const number of requests) sum += number;
          return { sum };
        },
        { requestStream: true },
      ],
    });
    await node.start();
    const headers = (endpoint: string) => json(endpoint, { "micro-stream": "7" });
    const end = { headers: { "micro-error": "EOS" } };
    const counted = await exchange(
      { headers: headers("Strange.Count"), body: bytes("{}") },
      { body: bytes('{"to":2}') },
    );
    expect(counted.map((message) => text(message))).toEqual(["0\n", "1\n", ""]);
    expect(counted.at(-1)?.headers["micro-error"]).toBe("EOS");
    const talked = await exchange({ headers: headers("Strange.Talk") }, { body: bytes("1") }, end);
    expect(talked.map((message) => text(message))).toEqual(['{"heard":1}\n', ""]);
    const sum = { headers: headers("Strange.Sum") };
    const summed = await exchange(sum, { body: bytes("1") }, { body: bytes("2") }, end);
    expect(text(summed[0])).toBe('{"sum":3}\n');
  });

  test("refuses a stream that ends before it has begun, or sends what cannot be read", async () => {
    const { node, exchange } = await bench({
      "Strange.Count": [() => stream(1), { replyStream: true }],
      "Strange.Sum": [
        async (requests: AsyncIterable<unknown>) => collect(requests),
        { requestStream: true },
      ],
    });
    await node.start();
    const opening = { headers: json("Strange.Count", { "micro-stream": "1" }) };
    const empty = await exchange(opening, { headers: { "micro-error": "EOS" } });
    expect(errorOf(empty[0])).toMatchObject({ code: 400, reason: "server.no-request" });
    const sum = { headers: json("Strange.Sum", { "micro-stream": "1" }) };
    const garbled = await exchange(sum, { body: bytes("{broken") });
    expect(errorOf(garbled[0])).toMatchObject({ code: 400, reason: "codec.malformed" });
  });

  test("checks each item of a stream, both ways", async () => {
    const number: StandardSchema<unknown, number> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          typeof value === "number"
            ? { value: value * 10 }
            : { issues: [{ message: "no number" }] },
      },
    };
    const { node, exchange } = await bench({
      "Strange.Talk": [
        async function* (requests: AsyncIterable<number>) {
          for await (const request of requests) yield request > 90 ? "many" : request;
        },
        { replyStream: true, requestStream: true, input: number, output: number },
      ],
    });
    await node.start();
    const opening = { headers: json("Strange.Talk", { "micro-stream": "1" }) };
    const talk = (item: string) => exchange(opening, { body: bytes("1") }, { body: bytes(item) });
    const asked = await talk('"two"');
    expect(text(asked[0])).toBe("100\n");
    expect(errorOf(asked[1])).toMatchObject({ code: 400, detail: "invalid request: no number" });
    const answered = await talk("10");
    expect(errorOf(answered[1])).toMatchObject({ code: 500, detail: "invalid reply: no number" });
  });

  test("tells the handler when its caller goes away, and answers nobody", async () => {
    const signals: AbortSignal[] = [];
    const { node, open, clock, logs } = await bench({
      "Strange.Wait": [
        (_request, { signal }) => {
          signals.push(signal);
          return new Promise(() => undefined);
        },
      ],
    });
    await node.start();
    const socket = await open();
    await socket.send({ headers: json("Strange.Wait"), body: bytes("{}") });
    await clock.settle();
    await socket.close();
    await clock.settle();
    expect(signals[0]?.reason).toMatchObject({ code: 499, reason: "server.caller-gone" });
    expect(logs.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("runs a generator no further than its caller reads", async () => {
    const made: number[] = [];
    const { node, open, clock } = await bench({
      "Strange.Count": [
        async function* () {
          for (let n = 0; ; n++) {
            made.push(n);
            yield n;
            if (n === 2) await new Promise((resolve) => setImmediate(resolve));
          }
        },
        { replyStream: true },
      ],
    });
    await node.start();
    const socket = await open();
    await socket.send({ headers: json("Strange.Count", { "micro-stream": "1" }), body: nothing });
    await socket.send({ headers: {}, body: bytes("{}") });
    await socket.recv();
    await socket.close();
    await clock.settle();
    const count = made.length;
    await clock.advance(1_000);
    expect(made).toHaveLength(count);
  });

  test("takes a channel that closes, or breaks, before it says anything", async () => {
    const { node, open, clock, logs } = await bench();
    await node.start();
    await (await open()).close();
    await (await open()).close({ abort: true });
    await clock.settle();
    expect(logs.filter(({ level }) => level !== "debug")).toEqual([]);
  });

  test("answers who is missing in JSON when it cannot know better", async () => {
    const { node, exchange } = await bench({ "Strange.Echo": echo });
    await node.start();
    const headers = { "content-type": "application/unheard-of", "micro-endpoint": "Strange.Echo" };
    const [reply] = await exchange({ headers });
    expect(reply?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(text(reply))).toMatchObject({ code: 415, id: "strange" });
  });
});
