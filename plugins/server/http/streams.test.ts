import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { Conflict, NotFound } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";

const seen: Context[] = [];
let made = 0;
let ended = 0;

const handlers = [
  {
    endpoint: "Counter.Count",
    replyStream: true,
    async *handle({ to, fail }: { to: number; fail?: boolean }, context: Context) {
      seen.push(context);
      if (to < 0) throw new NotFound("no such number", { reason: "test.negative" });
      for (let n = 0; n < to; n += 1) yield { n };
      if (fail) throw new Conflict("that was all", { reason: "test.end" });
    },
  },
  {
    endpoint: "Counter.Errors",
    replyStream: true,
    async *handle() {
      yield { error: { code: 1 } };
      yield { error: "of the app's own" };
    },
  },
  {
    endpoint: "Counter.Flood",
    replyStream: true,
    async *handle(_request: unknown, context: Context) {
      seen.push(context);
      try {
        for (;;) {
          made += 1;
          yield { big: "x".repeat(16_384) };
        }
      } finally {
        ended += 1;
      }
    },
  },
  {
    endpoint: "Counter.Sum",
    requestStream: true,
    handle: async (requests: AsyncIterable<{ n: number }>) => {
      let total = 0;
      for await (const { n } of requests) {
        if (n < 0) throw new NotFound("no such number");
        total += n;
      }
      return { total };
    },
  },
  {
    endpoint: "Counter.First",
    requestStream: true,
    handle: async (requests: AsyncIterable<{ n: number }>) => {
      for await (const first of requests) return first;
      return {};
    },
  },
  {
    endpoint: "Counter.Echo",
    requestStream: true,
    replyStream: true,
    async *handle(requests: AsyncIterable<unknown>) {
      yield* requests;
      yield { bye: true };
    },
  },
  { endpoint: "Counter.Plain", requestStream: false, handle: async () => ({}) },
  {
    endpoint: "Counter.Never",
    handle: async (_request: unknown, context: Context) => {
      seen.push(context);
      await new Promise(() => undefined);
    },
  },
];

let app: HttpApp;
let origin: string;

beforeEach(async () => {
  seen.length = made = ended = 0;
  app = await httpApp({ handlers, server: { maxMessageBytes: 100 } });
  origin = `http://${app.server.address}`;
});

afterEach(() => app.stop());

const json = { "content-type": "application/json", connection: "close" };
const ndjson = { "content-type": "application/x-ndjson", connection: "close" };

const post = (path: string, body: string, headers: Record<string, string>) =>
  fetch(`${origin}${path}`, { method: "POST", headers, body });

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

describe("a stream of replies", () => {
  test("is a JSON text on each line", async () => {
    const response = await post("/Counter/Count", '{"to":3}', json);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/x-ndjson",
    ]);
    expect(await response.text()).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
  });

  test("may be empty", async () => {
    const response = await post("/Counter/Count", '{"to":0}', json);
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test("ends with its error, told apart from replies that look like one", async () => {
    const failed = await post("/Counter/Count", '{"to":1,"fail":true}', json);
    const lines = (await failed.text()).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('{"n":0}');
    expect(lines[1]).toMatch(/^\{"error":/);
    expect(JSON.parse(lines[1]!)).toEqual({
      error: {
        id: "greeter",
        code: 409,
        detail: "that was all",
        status: "Conflict",
        reason: "test.end",
      },
    });
    const alike = await (await post("/Counter/Errors", "{}", json)).text();
    expect(alike).toBe(' {"error":{"code":1}}\n {"error":"of the app\'s own"}\n');
  });

  test("whose first reply is an error has its status", async () => {
    const response = await post("/Counter/Count", '{"to":-1}', json);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ reason: "test.negative" });
  });

  test("is events for who asks for them", async () => {
    const events = { ...json, accept: "text/event-stream" };
    const response = await post("/Counter/Count", '{"to":2}', events);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe('data: {"n":0}\n\ndata: {"n":1}\n\nevent: end\ndata:\n\n');
    const failed = await post("/Counter/Count", '{"to":1,"fail":true}', events);
    expect(await failed.text()).toMatch(
      /^data: \{"n":0\}\n\nevent: error\ndata: \{"id":"greeter","code":409,[^\n]*\}\n\n$/,
    );
  });

  test("is not made faster than it is read, and ends when the reader goes away", async () => {
    const [host, port] = app.server.address.split(":");
    const socket = connect(Number(port), host);
    socket.pause();
    socket.on("error", () => undefined);
    const head = "POST /Counter/Flood HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    socket.write(`${head}content-length: 2\r\n\r\n{}`);
    await until(() => made > 0);
    let before = -1;
    // It stands still once every buffer on the way is full.
    for (let quiet = 0; quiet < 200; quiet += 1) {
      if (made !== before) quiet = 0;
      before = made;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made).toBeLessThan(2_000);
    expect([seen[0]!.signal.aborted, ended]).toEqual([false, 0]);
    socket.destroy();
    await until(() => ended === 1);
    expect(seen[0]!.signal.aborted).toBe(true);
  });
});

test("a caller that goes away is told to the handler", async () => {
  const caller = new AbortController();
  const call = fetch(`${origin}/Counter/Never`, {
    method: "POST",
    headers: json,
    body: "{}",
    signal: caller.signal,
  });
  call.catch(() => undefined);
  await until(() => seen.length === 1);
  expect(seen[0]!.signal.aborted).toBe(false);
  caller.abort();
  await until(() => seen[0]!.signal.aborted);
  expect(seen[0]!.signal.reason).toMatchObject({ reason: "server.caller-gone" });
});

describe("a stream of requests", () => {
  test("is a JSON text on each line, the last with or without an end", async () => {
    for (const body of ['{"n":1}\n{"n":2}\n', '\n{"n":1}\r\n\n{"n":2}']) {
      const response = await post("/Counter/Sum", body, ndjson);
      expect([response.status, await response.json()]).toEqual([200, { total: 3 }]);
    }
    const none = await post("/Counter/Sum", "", ndjson);
    expect(await none.json()).toEqual({ total: 0 });
  });

  test("may be answered with a stream", async () => {
    const response = await post("/Counter/Echo", '{"n":1}\n{"n":2}\n', ndjson);
    expect(await response.text()).toBe('{"n":1}\n{"n":2}\n{"bye":true}\n');
  });

  test("may be long, but not a line of it", async () => {
    const many = Array.from({ length: 5_000 }, () => '{"n":1}\n').join("");
    const response = await post("/Counter/Sum", many, ndjson);
    expect(await response.json()).toEqual({ total: 5_000 });
    const long = await post("/Counter/Sum", `{"n":1}\n{"x":"${"x".repeat(200)}"}\n`, ndjson);
    expect([long.status, await long.json()]).toMatchObject([
      413,
      { reason: "transport.too-large" },
    ]);
  });

  test("with a line that is no JSON is a 400", async () => {
    const response = await post("/Counter/Sum", '{"n":1}\nnonsense\n', ndjson);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { reason: "codec.malformed" },
    ]);
  });

  test("need not be read to its end", async () => {
    const many = Array.from({ length: 100_000 }, () => '{"n":7}\n').join("");
    for (const path of ["/Counter/First", "/Counter/First"]) {
      const response = await post(path, many, { "content-type": "application/x-ndjson" });
      expect(await response.json()).toEqual({ n: 7 });
    }
  });

  test.each([
    ["one request where a stream is taken", "/Counter/Sum", json],
    ["a stream where one request is taken", "/Counter/Plain", ndjson],
  ])("is a 415 for %s", async (_name, path, headers) => {
    const response = await post(path, '{"n":1}', headers);
    expect([response.status, await response.json()]).toMatchObject([
      415,
      { reason: "server.content-type" },
    ]);
  });

  test.each(["server-stream", "bidi-stream", "nonsense"])(
    "is refused when our clients mean another shape: %s",
    async (shape) => {
      const headers = { ...ndjson, "plugboard-shape": shape };
      const response = await post("/Counter/Sum", "{}", headers);
      expect(response.status).toBe(shape === "nonsense" ? 400 : 405);
    },
  );
});
