import { status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "@jest/globals";
import { grpcApp, type GrpcApp } from "../../../test/support/grpc-app.js";
import { GrpcTools } from "../../../test/support/grpc-tools.js";
import { messageTypes } from "../../../src/spi.js";

const types = messageTypes({
  messages: { "talk.v1.Text": [{ name: "text", number: 1, type: "string" }] },
});
const Text = types["talk.v1.Text"];

const handlers = [
  { endpoint: "Talker.Say", input: Text, output: Text, handle: async (text: unknown) => text },
  { endpoint: "Health.Check", handle: async () => ({ mine: true }) },
];

let app: GrpcApp | undefined;
let tools: GrpcTools | undefined;

afterEach(async () => {
  tools?.close();
  await app?.stop();
});

const start = async (options: Parameters<typeof grpcApp>[0] = {}): Promise<GrpcTools> => {
  app = await grpcApp({ handlers, ...options });
  return (tools = new GrpcTools(app.server.address));
};

test.each(["", "greeter", "greeter.Talker", "talk.v1.Talker"])(
  "Check says that %p serves",
  async (name) => {
    expect(await (await start()).check(name)).toBe("SERVING");
  },
);

test("Check does not know what is not served here", async () => {
  expect(await (await start()).check("nobody")).toBe(status.NOT_FOUND);
});

test("a service of the app that is called Health goes on", async () => {
  await start();
  const { client } = app!;
  expect(await client.call(client.newRequest("greeter", "Health.Check", {}))).toEqual({
    mine: true,
  });
});

test("a server whose check fails does not serve", async () => {
  let healthy = true;
  const registerCheck = (): void => {
    if (!healthy) throw new Error("the disk is full");
  };
  const asked = await start({ server: { registerCheck } });
  const watching = asked.watch("greeter");
  expect((await watching.next()).value).toBe("SERVING");
  healthy = false;
  await app!.server.register();
  expect((await watching.next()).value).toBe("NOT_SERVING");
  expect(await asked.check("")).toBe("NOT_SERVING");
  healthy = true;
  await app!.server.register();
  expect((await watching.next()).value).toBe("SERVING");
  await watching.return(undefined);
});

test("a server that is leaving does not serve, and ends the watches when it is gone", async () => {
  const asked = await start();
  const watching = asked.watch("");
  expect((await watching.next()).value).toBe("SERVING");
  const unknown = asked.watch("nobody");
  expect((await unknown.next()).value).toBe("SERVICE_UNKNOWN");
  await app!.server.deregister();
  expect((await watching.next()).value).toBe("NOT_SERVING");
  expect(await asked.check("greeter")).toBe("NOT_SERVING");
  await app!.stop();
  expect((await watching.next()).value).toBe(status.UNAVAILABLE);
  expect((await unknown.next()).value).toBe(status.UNAVAILABLE);
});

test("health is answered while the app is over its limit", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const handle = async (): Promise<object> => {
    begin();
    await held;
    return {};
  };
  const asked = await start({
    handlers: [{ endpoint: "Slow.Work", handle }],
    server: { maxConcurrentCalls: 1 },
  });
  const { client } = app!;
  const call = client.call(client.newRequest("greeter", "Slow.Work", {}));
  await began;
  expect(await asked.check("")).toBe("SERVING");
  release();
  await call;
});

test("it can be turned off", async () => {
  expect(await (await start({ server: { health: false } })).check("talk")).not.toBe("SERVING");
  const [answer] = await tools!.reflect("v1", { listServices: "*" });
  expect(JSON.stringify(answer)).not.toContain("Health");
});
