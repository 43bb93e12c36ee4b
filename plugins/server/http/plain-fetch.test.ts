import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "../../../src/index.js";
import { errorStatus, NotFound, RpcError, type ErrorCode } from "../../../src/spi.js";
import type { MessageType } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";

/** `message Sum { int64 total = 1; }` */
const Sum: MessageType = {
  name: "shop.Sum",
  fields: [
    {
      name: "total",
      protoName: "total",
      number: 1,
      rule: "one",
      type: { kind: "scalar", scalar: "int64" },
    },
  ],
};

const seen: Context[] = [];
let release = (): void => undefined;

const handlers = [
  {
    endpoint: "Greeter.Hello",
    handle: async (request: { name?: string }, context: Context) => {
      seen.push(context);
      if (request.name === "nobody")
        throw new NotFound("nobody is here", { reason: "test.nobody" });
      return { greeting: `Hello ${request.name ?? "you"}` };
    },
  },
  {
    endpoint: "Greeter.Fail",
    handle: ({ code, ...options }: { code: ErrorCode; retry?: "safe" }) => {
      throw new RpcError(code, "as you wish", options);
    },
  },
  {
    endpoint: "Greeter.Crash",
    handle: () => {
      throw new TypeError("the password is hunter2");
    },
  },
  {
    endpoint: "Greeter.Wait",
    concurrency: 1,
    handle: async (_request: unknown, context: Context) => {
      seen.push(context);
      await new Promise<void>((resolve) => (release = resolve));
      return {};
    },
  },
  {
    endpoint: "Greeter.Add",
    input: Sum,
    output: Sum,
    handle: async ({ total }: { total: bigint }) => ({ total: total + 1n }),
  },
  {
    service: { name: "other" },
    endpoint: "Greeter.Hello",
    handle: async () => ({ greeting: "Hello from the other" }),
  },
];

let app: HttpApp;
let origin: string;

beforeAll(async () => {
  app = await httpApp({ handlers, server: { maxMessageBytes: 1_000 } });
  origin = `http://${app.server.address}`;
});

beforeEach(() => {
  seen.length = 0;
});

afterEach(() => {
  release();
});

afterAll(() => app.stop());

const post = (
  path: string,
  body: unknown = {},
  headers: Record<string, string> = {},
  to: string = origin,
) =>
  fetch(`${to}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

interface ErrorBody {
  readonly id: string;
  readonly code: number;
  readonly detail: string;
  readonly status: string;
  readonly reason: string;
}

const errorOf = async (response: Response): Promise<ErrorBody> => {
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as ErrorBody;
};

const begun = async (): Promise<void> => {
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
};

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

describe("a request", () => {
  test.each(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PROPFIND"])(
    "with %s is a 405",
    async (method) => {
      const response = await fetch(`${origin}/Greeter/Hello`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      if (method !== "HEAD") expect((await errorOf(response)).reason).toBe("server.wrong-method");
      expect(seen).toEqual([]);
    },
  );

  test.each([
    ["text", { "content-type": "text/plain" }, "codec.unknown-type"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, "codec.unknown-type"],
    ["nonsense", { "content-type": "nonsense" }, "server.content-type"],
    [
      "another charset",
      { "content-type": "application/json; charset=latin1" },
      "server.content-type",
    ],
    ["gzip", { "content-encoding": "gzip" }, "server.content-type"],
  ])("of %s is a 415", async (_name, headers, reason) => {
    const response = await post("/Greeter/Hello", {}, headers as Record<string, string>);
    expect([response.status, (await errorOf(response)).reason]).toEqual([415, reason]);
    expect(seen).toEqual([]);
  });

  test("without a content type is a 415: browsers send such to other origins unasked", async () => {
    for (const body of [undefined, new Uint8Array([0x7b, 0x7d])]) {
      const init = { method: "POST", ...(body && { body }) };
      const response = await fetch(`${origin}/Greeter/Hello`, init);
      expect([response.status, (await errorOf(response)).reason]).toEqual([
        415,
        "server.content-type",
      ]);
    }
    expect(seen).toEqual([]);
  });

  test("in JSON says so in any of the ways", async () => {
    for (const type of ["application/json; charset=utf-8", "Application/JSON;charset=UTF8"])
      expect((await post("/Greeter/Hello", {}, { "content-type": type })).status).toBe(200);
  });

  test("without a body is an empty one", async () => {
    const response = await post("/Greeter/Hello", "");
    expect(await response.json()).toEqual({ greeting: "Hello you" });
  });

  test.each(["{", "[1", "not json", '{"__proto__": 1}'])("of %s is a 400", async (body) => {
    const response = await post("/Greeter/Hello", body);
    expect([response.status, (await errorOf(response)).reason]).toEqual([400, "codec.malformed"]);
  });

  test("over the limit is a 413, announced or not", async () => {
    const text = JSON.stringify({ name: "x".repeat(2_000) });
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(text));
        controller.close();
      },
    });
    const headers = { "content-type": "application/json" };
    const path = `${origin}/Greeter/Hello`;
    const answers = [
      await fetch(path, { method: "POST", headers, body: text }),
      await fetch(path, { method: "POST", headers, body: chunks, duplex: "half" } as RequestInit),
    ];
    for (const response of answers)
      expect([response.status, (await errorOf(response)).reason]).toEqual([
        413,
        "transport.too-large",
      ]);
    expect(seen).toEqual([]);
  });

  test("of declared types follows proto3's JSON, or is protobuf", async () => {
    const inJson = await post("/Greeter/Add", { total: "9007199254740993" });
    expect(await inJson.json()).toEqual({ total: "9007199254740994" });
    const response = await fetch(`${origin}/Greeter/Add`, {
      method: "POST",
      headers: { "content-type": "application/protobuf" },
      body: new Uint8Array([0x08, 0x29]),
    });
    expect(response.headers.get("content-type")).toBe("application/protobuf");
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0x08, 0x2a]);
  });
});

describe("a deadline", () => {
  test.each([
    ["request-timeout", "2", 2_000],
    ["request-timeout", "1.5s", 1_500],
    ["request-timeout", "500ms", 500],
    ["request-timeout", "1m", 60_000],
    ["timeout", "3000000000", 3_000],
  ])("comes as %s: %s", async (name, value, ms) => {
    await post("/Greeter/Hello", {}, { [name]: value });
    const left = seen[0]!.deadline!.getTime() - Date.now();
    expect(left).toBeLessThanOrEqual(ms);
    expect(seen[0]!.metadata[name]).toBeUndefined();
  });

  test.each(["0", "-1", "soon", "5h", "1e9"])("of %s is a 400", async (value) => {
    const response = await post("/Greeter/Hello", {}, { "request-timeout": value });
    expect([response.status, (await errorOf(response)).reason]).toEqual([
      400,
      "transport.bad-header",
    ]);
  });

  test("that passes is a 504, and the handler is told", async () => {
    const response = await post("/Greeter/Wait", {}, { "request-timeout": "100ms" });
    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ code: 408, reason: "server.timeout" });
    expect(seen[0]!.signal.aborted).toBe(true);
  });
});

test("metadata is the headers, without those of HTTP and of browsers", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await post(
    "/Greeter/Hello",
    {},
    {
      "X-Tenant": "acme",
      authorization: "Bearer s3cret",
      cookie: "a=1; b=2",
      "accept-language": "de",
      "x-user": Buffer.from("Grüße").toString("latin1"),
      traceparent,
      "plugboard-attempt": "2",
      "sec-fetch-mode": "cors",
      "if-none-match": "x",
      "cache-control": "no-cache",
      referer: "https://shop.example/",
      "user-agent": "test",
    },
  );
  const [context] = seen;
  expect({ ...context!.metadata }).toEqual({
    "x-tenant": "acme",
    authorization: "Bearer s3cret",
    cookie: "a=1; b=2",
    "accept-language": "de",
    "x-user": "Grüße",
    traceparent,
  });
  expect([context!.traceparent, context!.attempt]).toEqual([traceparent, 2]);
});

describe("probes", () => {
  test.each([
    ["/health", "ok"],
    ["/ready", "ready"],
  ])("%s answers", async (path, status) => {
    const response = await fetch(`${origin}${path}?probe=1`);
    expect([response.status, await response.json()]).toEqual([200, { status }]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await fetch(`${origin}${path}`, { method: "HEAD" })).status).toBe(200);
    const posted = await post(path);
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("tell while it drains, and new calls go elsewhere", async () => {
    const leaving = await httpApp({ handlers });
    const there = `http://${leaving.server.address}`;
    const waiting = post("/Greeter/Wait", {}, {}, there);
    await begun();
    const stopping = leaving.server.stop();
    const ready = await fetch(`${there}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    expect((await fetch(`${there}/health`)).status).toBe(200);
    const refused = await post("/Greeter/Hello", {}, {}, there);
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
