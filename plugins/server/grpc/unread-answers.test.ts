import { connect, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { grpcApp } from "../../../test/support/grpc-app.js";
import { frameOf } from "../../../test/support/raw-grpc.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A machine that is slow itself refuses otherwise, in words. */
const patient = { maxLoopDelayMs: Infinity };

/** REFUSED_STREAM: the call was not begun. */
const refused = 7;

function begin(session: ClientHttp2Session, method: string, more = {}): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": `/p.Greeter/${method}`,
    "content-type": "application/grpc+json",
    ...more,
  });
  stream.on("error", () => undefined);
  stream.end(frameOf(Buffer.from("{}")));
  return stream;
}

const codeOf = (stream: ClientHttp2Stream): Promise<number | undefined> =>
  new Promise((resolve) => stream.on("close", () => resolve(stream.rstCode)));

test.each([
  ["", {}],
  [" with compression", { "grpc-accept-encoding": "gzip" }],
])("a caller%s that leaves 32 MiB unread gets no answers until it reads", async (_what, more) => {
  const app = await grpcApp({
    handlers: [
      { endpoint: "Greeter.Large", handle: () => "x".repeat(1_048_576) },
      { endpoint: "Greeter.Echo", handle: (request: unknown) => request },
    ],
    server: { compression: "gzip", ...patient },
  });
  ends.push(() => app.stop());
  const opened = (): ClientHttp2Session => {
    const session = connect(`http://${app.server.address}`);
    ends.push(() => session.destroy());
    return session;
  };
  const session = opened();
  const large = Array.from({ length: 40 }, () => begin(session, "Large"));
  const codes = large.map(codeOf);
  expect(await Promise.any(codes)).toBe(refused);
  const late = begin(session, "Echo", more);
  late.resume();
  expect(await codeOf(late)).toBe(refused);
  const elsewhere = begin(opened(), "Echo", more);
  elsewhere.resume();
  expect(await codeOf(elsewhere)).toBe(0);
  for (const stream of large) stream.resume();
  const answered = (await Promise.all(codes)).filter((code) => code === 0);
  expect(answered).toHaveLength(32);
  const again = begin(session, "Echo", more);
  again.resume();
  expect(await codeOf(again)).toBe(0);
});

test("a caller that goes on calling without reading is given up", async () => {
  const app = await grpcApp({
    handlers: [{ endpoint: "Greeter.Large", handle: () => "x".repeat(1_048_576) }],
    server: patient,
  });
  ends.push(() => app.stop());
  const session = connect(`http://${app.server.address}`);
  ends.push(() => session.destroy());
  session.on("error", () => undefined);
  const closed = new Promise((resolve) => session.once("close", resolve));
  for (let calls = 0; calls < 200; calls++) begin(session, "Large");
  await closed;
});

describe.each([
  ["many large answers of one connection", {}],
  ["many that are compressed", { "grpc-accept-encoding": "gzip" }],
])("%s", (_what, more) => {
  const text = Array.from({ length: 20_000 }, (_, n) => String(n * n * n)).join();
  let made: number;
  let before: number;
  let onFirst: () => unknown;
  let sessions: [ClientHttp2Session, ClientHttp2Session];

  beforeEach(async () => {
    made = before = 0;
    onFirst = () => undefined;
    const app = await grpcApp({
      handlers: [
        {
          endpoint: "Greeter.Large",
          handle: async () => {
            if (made++ === 0) onFirst();
            return { text };
          },
        },
        { endpoint: "Greeter.Echo", handle: async () => (before = made) },
      ],
      server: { compression: "gzip", ...patient },
    });
    ends.push(() => app.stop());
    const opened = async (): Promise<ClientHttp2Session> => {
      const session = connect(`http://${app.server.address}`);
      ends.push(() => session.destroy());
      await new Promise((resolve) => session.once("remoteSettings", resolve));
      return session;
    };
    sessions = [await opened(), await opened()];
  });

  const many = (): ClientHttp2Stream[] =>
    Array.from({ length: 100 }, () => begin(sessions[0], "Large", more).resume());

  const other = (): Promise<number | undefined> =>
    codeOf(begin(sessions[1], "Echo", more).resume());

  test("hold up no call of another", async () => {
    const large = many();
    while (made === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await other()).toBe(0);
    expect(before).toBeLessThan(60);
    expect(await Promise.all(large.map(codeOf))).toEqual(large.map(() => 0));
  });

  test("are not all made for a caller who has gone", async () => {
    onFirst = () => sessions[0].destroy();
    many();
    for (let call = 0; call < 60 || before === 0; call++) await other();
    expect(before).toBeLessThan(60);
  });
});
