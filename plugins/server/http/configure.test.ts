import { afterEach, expect, test } from "@jest/globals";
import { RpcError, Unauthorized } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import type { HttpServerOptions } from "./index.js";

let app: HttpApp | undefined;
const served: unknown[] = [];

afterEach(async () => {
  served.length = 0;
  await app?.stop();
  app = undefined;
});

async function listening(server: HttpServerOptions): Promise<string> {
  const handle = async (request: unknown): Promise<unknown> => {
    served.push(request);
    return request;
  };
  app = await httpApp({ handlers: [{ endpoint: "Echo.Say", handle }], server });
  return `http://${app.server.address}`;
}

const call = (origin: string, headers: Record<string, string> = {}, path = "/Echo/Say") =>
  fetch(`${origin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: '{"n":1}',
  });

test("routes of Fastify's own stand beside the calls", async () => {
  const origin = await listening({
    configure: (fastify) =>
      fastify
        .get("/version", () => ({ version: "1.2.3" }))
        .post("/webhook", ({ body }) => ({ got: body })),
  });
  expect(await (await fetch(`${origin}/version`)).json()).toEqual({ version: "1.2.3" });
  expect(await (await call(origin, {}, "/webhook")).json()).toEqual({ got: { n: 1 } });
  expect(await (await call(origin)).json()).toEqual({ n: 1 });
});

test("what hooks set on answers goes out with those of calls", async () => {
  const origin = await listening({
    configure: (fastify) => {
      fastify.addHook("onRequest", async (_request, reply) => {
        reply.header("x-frame-options", "DENY");
      });
    },
  });
  expect((await call(origin)).headers.get("x-frame-options")).toBe("DENY");
});

test.each([
  ["an error of ours", () => new Unauthorized("who are you?"), 401, "who are you?"],
  [
    "an error with a status",
    () => Object.assign(new Error("too fast"), { statusCode: 429 }),
    429,
    "too fast",
  ],
  ["any other error", () => new Error("the password is hunter2"), 500, "incident"],
])("a hook refuses calls with %s", async (_name, error, status, word) => {
  const origin = await listening({
    configure: (fastify) => {
      fastify.addHook("onRequest", async ({ headers }) => {
        if (headers["x-key"] === undefined) throw error();
      });
    },
  });
  for (const path of ["/Echo/Say", "/Echo/Nothing", "/health"]) {
    const refused = await call(origin, {}, path);
    expect(refused.status).toBe(status);
    const { code, detail } = (await refused.json()) as { code: number; detail: string };
    expect([code, detail.includes(word), detail.includes("hunter2")]).toEqual([
      status,
      true,
      false,
    ]);
  }
  expect((await call(origin, {}, "/%zz")).status).toBe(400);
  expect(served).toEqual([]);
  expect((await call(origin, { "x-key": "k" })).status).toBe(200);
});

test("an address that is taken, and one that is none, say so", async () => {
  await listening({});
  const { address } = app!.server;
  const failure = (at: string): Promise<unknown> =>
    httpApp({ server: { address: at } }).catch((error: unknown) => error);
  const taken = await failure(address);
  expect(taken).toBeInstanceOf(RpcError);
  expect(taken).toMatchObject({ code: 503, reason: "transport.address-in-use" });
  for (const wrong of ["nonsense", "127.0.0.1:99999", "192.0.2.1:0"])
    expect(await failure(wrong)).toMatchObject({ code: 503, reason: "transport.listen-failed" });
});

test("without a host it listens on every interface", async () => {
  await listening({ address: ":0" });
  const port = app!.server.address.split(":").at(-1);
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});

test.each(["maxMessageBytes", "maxHeaderBytes", "maxConnections", "messageTimeoutMs"] as const)(
  "%s must be a whole number above 0",
  async (option) => {
    await expect(listening({ [option]: 0 })).rejects.toThrow(`httpServer.${option}`);
  },
);
