import { afterEach, expect, test } from "@jest/globals";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import { begin, hello } from "./frame-bytes.js";
import { ask, frameWorld, handle, service, type FrameWorld } from "./frame-world.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

/** A server and a client, each with frames or without, and how a call arrived. */
async function target(server: boolean, client: boolean) {
  open = frameWorld();
  const plugins = (frames: boolean) => ({ transport: httpTransport({ frames }) });
  const [serving, calling] = [
    await open.node({}, plugins(server)),
    await open.node({}, plugins(client)),
  ];
  handle(serving, "T.Echo", (request: unknown) => request);
  handle(
    serving,
    "T.Count",
    async function* () {
      yield 1;
      yield 2;
    },
    { replyStream: true },
  );
  await serving.start();
  const records = await calling.registry.getService(service);
  const [node] = records.flatMap(({ nodes }) => nodes);
  return { ...open, serving, calling, announced: node?.metadata["frames"] };
}

test.each([
  [true, true, "1"],
  [true, false, "1"],
  [false, true, undefined],
  [false, false, undefined],
])("server %s, client %s: announced as %s, and calls work", async (server, client, expected) => {
  const { calling, announced } = await target(server, client);
  expect(announced).toBe(expected);
  expect(await ask(calling, "T.Echo", { a: 1 })).toEqual({ a: 1 });
  const shape = { endpoint: "T.Count", replyStream: true, requestStream: false };
  const replies: unknown[] = [];
  for await (const reply of calling.client.stream(calling.client.newRequest(service, shape, {})))
    replies.push(reply);
  expect(replies).toEqual([1, 2]);
});

test("a server without frames refuses the preface as HTTP does", async () => {
  const { connect, serving } = await target(false, false);
  const raw = await connect(serving);
  raw.send(Buffer.concat([begin, hello(), Buffer.from("\r\n\r\n")]).toString("latin1"));
  expect(await raw.untilEnd()).toMatch(/^HTTP\/1\.1 400 Bad Request/);
});

test("a server with frames serves HTTP on the same port", async () => {
  const { connect, serving } = await target(true, true);
  const raw = await connect(serving);
  const body = '{"over":"http"}';
  raw.send(
    `POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nMicro-Service: ${service}\r\n` +
      `Micro-Endpoint: T.Echo\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await raw.until(body);
});
