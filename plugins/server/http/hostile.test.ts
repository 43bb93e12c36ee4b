import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import { silentLogger, type Context } from "../../../src/spi.js";
import type { HttpServerOptions } from "./index.js";

let app: HttpApp | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.stop();
  app = undefined;
});

async function listening(server: HttpServerOptions = {}): Promise<void> {
  const handle = async (request: unknown): Promise<unknown> => request;
  app = await httpApp({ handlers: [{ endpoint: "Echo.Say", handle }], server });
}

interface Talk {
  readonly socket: Socket;
  /** Everything that the server has said, once it has closed the connection. */
  readonly said: Promise<string>;
}

function talk(...bytes: readonly string[]): Talk {
  const [host, port] = app!.server.address.split(":");
  const socket = connect(Number(port), host);
  sockets.push(socket);
  let text = "";
  socket.on("data", (data) => (text += data.toString("latin1")));
  socket.on("error", () => undefined);
  for (const each of bytes) socket.write(each);
  return { socket, said: new Promise((resolve) => socket.once("close", () => resolve(text))) };
}

const head = (...lines: readonly string[]): string =>
  ["POST /Echo/Say HTTP/1.1", "host: x", "content-type: application/json", ...lines, "", ""].join(
    "\r\n",
  );

describe("what is no request", () => {
  test.each([
    ["garbage", "\x16\x03\x01\x02\x00\x01"],
    ["a colon too few", "POST / HTTP/1.1\r\nhost\r\n\r\n"],
    ["two lengths", head("content-length: 2", "content-length: 3")],
    ["a length and chunks", head("content-length: 2", "transfer-encoding: chunked")],
    ["a chunk of no length", `${head("transfer-encoding: chunked")}zz\r\n`],
  ])("is answered with 400 and closed: %s", async (_name, bytes) => {
    await listening();
    const said = await talk(bytes).said;
    expect(said).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    if (said.includes("transport.malformed"))
      expect(said).toContain('"id":"plugboard.server.http","code":400');
  });

  test("is headers over the limit", async () => {
    await listening({ maxHeaderBytes: 1_000 });
    const said = await talk(head(`x-long: ${"x".repeat(2_000)}`)).said;
    expect(said).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect(said).toContain('"reason":"transport.headers-too-large"');
  });
});

describe("a caller that is slow", () => {
  test.each([
    ["with the first byte", ""],
    ["with its headers", "POST /Echo/Say HTTP/1.1\r\nhost: x\r\n"],
  ])("%s is answered with 408 and closed", async (_name, bytes) => {
    await listening({ messageTimeoutMs: 100 });
    const said = await talk(bytes).said;
    expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(said).toContain('"reason":"transport.message-timeout"');
  });

  test("with its body takes no place of a caller that is not", async () => {
    await listening({ maxConcurrentCalls: 1 });
    const { socket } = talk(head("content-length: 4", "expect: 100-continue"));
    // Says that the head has been read.
    await new Promise((resolve) => socket.once("data", resolve));
    const { client } = app!;
    expect(await client.call(client.newRequest("greeter", "Echo.Say", { a: 1 }))).toEqual({ a: 1 });
  });

  test("with its body is answered with 408, and closed when the rest does not come", async () => {
    await listening({ messageTimeoutMs: 100 });
    const said = await talk(head("content-length: 10"), "{").said;
    expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(said).toContain('"reason":"transport.message-timeout"');
  });
});

test("a body over the limit is refused before it has come, and skipped", async () => {
  await listening({ maxMessageBytes: 10 });
  const { socket, said } = talk(head("content-length: 100000"));
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.write("x".repeat(100_000));
  socket.write(head("content-length: 2", "connection: close"));
  socket.write("{}");
  expect((await said).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
});

test("a connection with too many unanswered requests is closed, and its calls are over", async () => {
  let begun = 0;
  let over = 0;
  const handle = async (_request: unknown, { signal }: Context): Promise<unknown> => {
    begun++;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    over++;
    return {};
  };
  const server = { maxLoopDelayMs: Infinity }; // a slow machine refuses some of them otherwise
  app = await httpApp({ handlers: [{ endpoint: "Echo.Say", handle }], server });
  const call = `${head("content-length: 2")}{}`;
  const { socket, said } = talk(call.repeat(100));
  while (begun < 100) await new Promise((resolve) => setImmediate(resolve));
  socket.write(call.repeat(100));
  expect(await said).toBe("");
  while (over < begun) await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBeLessThan(150);
});

describe("many large replies of one connection", () => {
  const large = "x".repeat(1_048_576);
  let made = 0;

  async function serving(heard: () => unknown): Promise<string> {
    made = 0;
    app = await httpApp({
      handlers: [
        {
          endpoint: "Echo.Large",
          handle: async () => {
            made++;
            return { large };
          },
        },
        { endpoint: "Echo.Say", handle: async () => heard() },
      ],
      server: { maxLoopDelayMs: Infinity },
    });
    return `${head("content-length: 2")}{}`.replace("/Echo/Say", "/Echo/Large").repeat(40);
  }

  test("hold up no call of another", async () => {
    let before = 0;
    const calls = await serving(() => (before = made));
    talk(calls);
    while (made === 0) await new Promise((resolve) => setImmediate(resolve));
    const said = await talk(head("content-length: 2", "connection: close"), "{}").said;
    expect(said).toContain("200 OK");
    expect(before).toBeLessThan(20);
  });

  test("are not all made for a caller who has gone", async () => {
    const calls = await serving(() => made);
    const { socket } = talk(calls);
    socket.on("connect", () => socket.resetAndDestroy());
    socket.end();
    const said = await talk(head("content-length: 2", "connection: close"), "{}").said;
    expect(said).toContain("200 OK");
    expect(made).toBeLessThan(20);
  });
});

test("connections over the limit are closed", async () => {
  await listening({ maxConnections: 1 });
  const first = talk(head("content-length: 2"));
  first.socket.write("{}");
  await new Promise<void>((resolve) => first.socket.once("data", () => resolve()));
  expect(await talk(head("content-length: 2"), "{}").said).toBe("");
});

test("a connection without a call is closed after a while", async () => {
  await listening({ idleTimeoutMs: 50 });
  const said = await talk(head("content-length: 2"), "{}").said;
  expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("requests that are sent ahead are answered in order", async () => {
  await listening();
  const one = `${head("content-length: 7")}{"n":1}`;
  const two = `${head("content-length: 7", "connection: close")}{"n":2}`;
  const said = await talk(one, two).said;
  expect(said.indexOf('{"n":1}')).toBeGreaterThan(0);
  expect(said.indexOf('{"n":2}')).toBeGreaterThan(said.indexOf('{"n":1}'));
});

test("calls of a connection that breaks end, those that wait for their turn to answer too", async () => {
  let begun = 0;
  app = await httpApp({
    handlers: [
      {
        endpoint: "Echo.Say",
        handle: (request: { readonly wait?: boolean }, { signal }: Context) => {
          if (!request.wait) return { said: true };
          begun++;
          return new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
      },
      {
        endpoint: "Echo.Quick",
        handle: async () => {
          begun++;
          return {};
        },
      },
    ],
    server: { maxConcurrentCalls: 4 },
  });
  const wait = `${head("content-length: 13", "connection: close")}{"wait":true}`;
  const kept = wait.replace("connection: close\r\n", "");
  const quick = `${head("content-length: 2")}{}`.replace("/Echo/Say", "/Echo/Quick");
  const { socket } = talk(kept, kept, quick, quick);
  while (begun < 4) await new Promise((resolve) => setImmediate(resolve));
  socket.resetAndDestroy();
  const again = `${head("content-length: 2", "connection: close")}{}`;
  let said = "";
  while (!said.includes("200 OK")) said = await talk(again).said;
  expect(said).toContain('{"said":true}');
  // All four are over, so four may wait.
  const others = Array.from({ length: 4 }, () => talk(wait));
  const refused = Promise.race(others.map(({ said: answer }) => answer));
  const all = (async () => {
    while (begun < 8) await new Promise((resolve) => setImmediate(resolve));
    return "all four wait";
  })();
  expect(await Promise.race([refused, all])).toBe("all four wait");
  begun = 8;
});

test("a caller who leaves amid the replies is not logged as a fault of the handler", async () => {
  let over!: (error: unknown) => void;
  const ended = new Promise<unknown>((resolve) => (over = resolve));
  const errors = jest.spyOn(silentLogger, "error");
  app = await httpApp({
    handlers: [
      {
        endpoint: "Echo.Flood",
        replyStream: true,
        handle: async function* () {
          try {
            for (;;) yield { text: "x".repeat(100_000) };
          } finally {
            over(undefined);
          }
        },
      },
    ],
  });
  const { socket } = talk(`${head("content-length: 2")}{}`.replace("/Echo/Say", "/Echo/Flood"));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  socket.resetAndDestroy();
  await ended;
  expect(errors).not.toHaveBeenCalled();
  errors.mockRestore();
});
