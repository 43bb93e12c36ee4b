import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Conflict } from "../../../src/spi.js";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";

const handlers = [
  { endpoint: "Greeter.Hello", handle: async (request: unknown) => ({ got: request }) },
  {
    endpoint: "Greeter.Count",
    replyStream: true,
    async *handle(request: unknown) {
      yield { got: request };
    },
  },
  {
    endpoint: "Greeter.Fail",
    handle: async () => {
      const details = [{ type: "a.B", value: new Uint8Array([1]) }];
      throw new Conflict("begin again", { reason: "grpc.aborted", details });
    },
  },
] as const;

let app: GrpcApp;
let session: ClientHttp2Session;

beforeEach(async () => {
  app = await grpcApp({ handlers });
  session = connect(`http://${app.server.address}`);
});

afterEach(async () => {
  session.close();
  await app.stop();
});

/** A message in JSON, behind its five bytes. */
function message(value: unknown, flag = 0): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

interface Answer {
  /** Headers and trailers. */
  readonly headers: IncomingHttpHeaders;
  readonly messages: number;
}

/** Sends what is given, byte by byte as it is; leaves its side open when told to. */
function send(
  path: string,
  body: readonly Buffer[],
  headers: Readonly<Record<string, string>> = {},
  { end = true } = {},
): Promise<Answer> {
  const stream = session.request({
    ":method": "POST",
    ":path": `/p.${path}`,
    "content-type": "application/grpc+json",
    te: "trailers",
    ...headers,
  });
  for (const bytes of body) stream.write(bytes);
  if (end) stream.end();
  return new Promise((resolve, reject) => {
    const all: IncomingHttpHeaders = {};
    const add = (more: IncomingHttpHeaders): void => void Object.assign(all, more);
    let messages = 0;
    stream.on("response", add);
    stream.on("trailers", (trailers: IncomingHttpHeaders) => {
      add(trailers);
      if (!end) stream.close();
    });
    stream.on("data", () => (messages += 1));
    stream.on("error", reject);
    stream.on("close", () => resolve({ headers: all, messages }));
  });
}

const statusOf = async (answer: Promise<Answer>): Promise<unknown> =>
  Number((await answer).headers["grpc-status"]);

describe("what gRPC asks of a server", () => {
  test("a call that goes well has no message in its status", async () => {
    const { headers, messages } = await send("Greeter/Hello", [message({ n: 1 })]);
    expect([headers["grpc-status"], headers["grpc-message"], messages]).toEqual([
      "0",
      undefined,
      1,
    ]);
  });

  test("bytes in metadata go without padding", async () => {
    const { headers } = await send("Greeter/Fail", [message({})]);
    expect(headers["grpc-status"]).toBe("10");
    expect(headers["grpc-status-details-bin"]).toMatch(/^[\w+/-]+$/);
  });

  test.each(["Hello", "Count"])("one request, no fewer and no more: %s", async (method) => {
    expect(await statusOf(send(`Greeter/${method}`, []))).toBe(12);
    const two = [message({ n: 1 }), message({ n: 2 })];
    expect(await statusOf(send(`Greeter/${method}`, two))).toBe(12);
  });

  test("go-micro's callers need not end their side after their request", async () => {
    const asGoMicro = { "x-content-type": "application/json" };
    const body = [message({ n: 1 })];
    const answer = await send("Greeter/Count", body, asGoMicro, { end: false });
    expect([answer.headers["grpc-status"], answer.messages]).toEqual(["0", 1]);
  });

  test("POST and nothing else", async () => {
    const { headers } = await send("Greeter/Hello", [message({})], { ":method": "PUT" });
    expect(headers[":status"]).toBe(405);
  });

  test("an encoding that nobody knows, and one that was not named", async () => {
    const unknown = send("Greeter/Hello", [message({})], { "grpc-encoding": "foo" });
    expect(await statusOf(unknown)).toBe(12);
    for (const headers of [{}, { "grpc-encoding": "identity" }])
      expect(await statusOf(send("Greeter/Hello", [message({}, 1)], headers))).toBe(13);
  });

  test("what every server says goes without details", async () => {
    const { headers } = await send("Greeter/Bye", [message({})]);
    expect([headers["grpc-status"], headers["grpc-status-details-bin"]]).toEqual(["12", undefined]);
    const codec = await send("Greeter/Hello", [message({})], {
      "content-type": "application/grpc+foo",
    });
    expect(codec.headers["grpc-status"]).toBe("12");
  });
});
