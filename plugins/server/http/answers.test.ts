import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { errorStatus, type ErrorCode } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import {
  begun,
  errorOf,
  handlers,
  poster,
  release,
  seen,
} from "../../../test/support/http-greeter.js";

let app: HttpApp;

beforeAll(async () => {
  app = await httpApp({ handlers, server: { maxMessageBytes: 1_000 } });
});

beforeEach(() => {
  seen.length = 0;
});

afterEach(release);

afterAll(() => app.stop());

const origin = (): string => `http://${app.server.address}`;
const post = poster(origin);

describe("a path", () => {
  test.each([
    ["Type/Method", "/Greeter/Hello", "Hello Ann"],
    ["service/Type/Method", "/greeter/Greeter/Hello", "Hello Ann"],
    ["service/Type.Method", "/greeter/Greeter.Hello", "Hello Ann"],
    ["package.Type/Method", "/greeter.Greeter/Hello", "Hello Ann"],
    ["Type.Method", "/Greeter.Hello", "Hello Ann"],
    ["a method with a small letter", "/Greeter/hello", "Hello Ann"],
    ["percent signs and a query", "/Greeter/%48ello?x=/a/b/c", "Hello Ann"],
    ["the service that decides", "/other/Greeter/Hello", "Hello from the other"],
    ["the service that decides, as a package", "/other.Greeter/Hello", "Hello from the other"],
    ["a service that nobody has", "/nobody/Greeter/Hello", "Hello Ann"],
  ])("may be %s", async (_name, path, greeting) => {
    const response = await post(path, { name: "Ann" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ greeting });
  });

  test.each([
    ["/Greeter/Bye", "router.unknown-method", "Bye"],
    ["/Nobody/Hello", "router.unknown-service", "Nobody"],
    ["/", "router.ill-formed", ""],
    ["/a/b/c/d", "router.ill-formed", "/a/b/c/d"],
    ["/Greeter/Hello/", "router.ill-formed", ""],
  ])("of nobody, %s, is a 404", async (path, reason, word) => {
    const response = await post(path);
    expect(response.status).toBe(404);
    const error = await errorOf(response);
    expect(error).toMatchObject({ id: "greeter", code: 404, status: "Not Found", reason });
    expect(error.detail).toContain(word);
  });

  test("with a percent sign that encodes nothing is a 400", async () => {
    const response = await post("/Greeter/%zz");
    expect([response.status, (await errorOf(response)).reason]).toEqual([
      400,
      "transport.malformed",
    ]);
  });
});

describe("an error", () => {
  const codes = Object.keys(errorStatus).map(Number) as ErrorCode[];

  test.each(codes)("%i has its status, and go-micro's JSON", async (code) => {
    const response = await post("/Greeter/Fail", { code, reason: "test.wish" });
    expect(response.status).toBe(code === 408 ? 504 : code);
    expect(await errorOf(response)).toEqual({
      id: "greeter",
      code,
      detail: "as you wish",
      status: errorStatus[code],
      reason: "test.wish",
    });
    expect(response.headers.get("allow")).toBe(code === 405 ? "POST" : null);
    expect(response.headers.get("retry-after")).toBeNull();
  });

  test.each([429, 503])("%i says when to come back where that is safe", async (code) => {
    const response = await post("/Greeter/Fail", { code, retry: "safe" });
    expect([response.status, response.headers.get("retry-after")]).toEqual([code, "1"]);
  });

  test("that nobody expected tells no secrets", async () => {
    const response = await post("/Greeter/Crash");
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain("incident");
    expect(text).not.toContain("hunter2");
  });

  test("of a handler over its limit is safe to retry", async () => {
    const first = post("/Greeter/Wait");
    await begun();
    const second = await post("/Greeter/Wait");
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    release();
    expect((await first).status).toBe(200);
  });
});

describe("probes", () => {
  test.each([
    ["/health", "ok"],
    ["/ready", "ready"],
  ])("%s answers", async (path, status) => {
    const response = await fetch(`${origin()}${path}?probe=1`);
    expect([response.status, await response.json()]).toEqual([200, { status }]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await fetch(`${origin()}${path}`, { method: "HEAD" })).status).toBe(200);
    const posted = await post(path);
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("tell that the app's own check fails; calls are served", async () => {
    const registerCheck = (): never => {
      throw new Error("no database");
    };
    const sick = await httpApp({ handlers, server: { registerCheck } });
    const there = `http://${sick.server.address}`;
    const ready = await fetch(`${there}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "waiting" }]);
    expect((await fetch(`${there}/health`)).status).toBe(200);
    expect((await poster(() => there)("/Greeter/Hello")).status).toBe(200);
    await sick.stop();
  });

  test("tell while it drains, and new calls go elsewhere", async () => {
    const leaving = await httpApp({ handlers });
    const there = `http://${leaving.server.address}`;
    const call = poster(() => there);
    const waiting = call("/Greeter/Wait");
    await begun();
    const stopping = leaving.server.stop();
    const ready = await fetch(`${there}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    expect((await fetch(`${there}/health`)).status).toBe(200);
    const refused = await call("/Greeter/Hello");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(refused.headers.get("connection")).toBe("close");
    expect(await errorOf(refused)).toMatchObject({ reason: "server.draining", retry: "safe" });
    release();
    const answered = await waiting;
    expect([answered.status, answered.headers.get("connection")]).toEqual([200, "close"]);
    expect(await stopping).toEqual({ cut: 0 });
    await expect(fetch(`${there}/health`)).rejects.toThrow();
    await leaving.stop();
  });
});
