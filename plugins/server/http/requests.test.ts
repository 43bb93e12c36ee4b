import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import { errorOf, handlers, poster, release, seen } from "../../../test/support/http-greeter.js";

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

describe("a request", () => {
  test.each(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PROPFIND"])(
    "with %s is a 405",
    async (method) => {
      const response = await fetch(`${origin()}/Greeter/Hello`, { method });
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
    const response = await post("/Greeter/Hello", {}, headers);
    expect([response.status, (await errorOf(response)).reason]).toEqual([415, reason]);
    expect(seen).toEqual([]);
  });

  test("without a content type is a 415: browsers send such to other origins unasked", async () => {
    for (const body of [undefined, new Uint8Array([0x7b, 0x7d])]) {
      const init = { method: "POST", ...(body && { body }) };
      const response = await fetch(`${origin()}/Greeter/Hello`, init);
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
    const path = `${origin()}/Greeter/Hello`;
    const answers = [
      await fetch(path, { method: "POST", headers, body: text }),
      await fetch(path, { method: "POST", headers, body: chunks, duplex: "half" }),
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
    const response = await fetch(`${origin()}/Greeter/Add`, {
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
