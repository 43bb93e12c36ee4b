import { afterEach, describe, expect, test } from "@jest/globals";
import { OptionError } from "../../../src/spi.js";
import { httpApp, type HttpApp } from "../../../test/support/http-app.js";
import { httpServer, type CorsOptions } from "./index.js";

let app: HttpApp | undefined;

afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function ask(
  cors: CorsOptions | undefined,
  method: string,
  headers: Record<string, string>,
): Promise<Response> {
  const handle = async (): Promise<unknown> => ({});
  const handlers = [{ endpoint: "Echo.Say", handle }];
  app = await httpApp({ handlers, server: cors ? { cors } : {} });
  const init = method === "POST" ? { body: "{}" } : {};
  return fetch(`http://${app.server.address}/Echo/Say`, { method, headers, ...init });
}

const shop = "https://shop.example";
const preflight = {
  origin: shop,
  "access-control-request-method": "POST",
  "access-control-request-headers": "content-type, x-tenant",
};
const call = { origin: shop, "content-type": "application/json" };

/** What a browser looks at. */
const told = ({ headers }: Response) =>
  Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith("access-control-") || name === "vary"),
  );

describe("a browser", () => {
  test("that asks first may call from the origins that are listed", async () => {
    const response = await ask({ origins: [shop] }, "OPTIONS", preflight);
    expect(response.status).toBe(204);
    expect(told(response)).toEqual({
      "access-control-allow-origin": shop,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type, x-tenant",
      "access-control-expose-headers": "Retry-After",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Headers",
    });
  });

  test("may read the answer, also of a call that failed", async () => {
    const expected = {
      "access-control-allow-origin": shop,
      "access-control-expose-headers": "Retry-After",
      vary: "Origin",
    };
    const answered = await ask({ origins: [shop] }, "POST", call);
    expect([answered.status, told(answered)]).toEqual([200, expected]);
    const { server } = app!;
    const missing = await fetch(`http://${server.address}/Echo/Nothing`, {
      method: "POST",
      headers: call,
      body: "{}",
    });
    expect([missing.status, told(missing)]).toEqual([404, expected]);
  });

  test.each(["OPTIONS", "POST"])("is told nothing at other origins (%s)", async (method) => {
    const headers = { ...preflight, ...call, origin: "https://evil.example" };
    const response = await ask({ origins: [shop] }, method, headers);
    expect(told(response)).toEqual({ vary: "Origin" });
  });

  test("may call from anywhere where that is said", async () => {
    const response = await ask({ origins: ["*"] }, "OPTIONS", preflight);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("sends credentials where that is said", async () => {
    const cors = { origins: [shop], credentials: true, maxAgeSeconds: 5 };
    const response = await ask(cors, "OPTIONS", preflight);
    expect(response.headers.get("access-control-allow-credentials")).toBe("true");
    expect(response.headers.get("access-control-max-age")).toBe("5");
  });

  test("may not call at all unless it is said", async () => {
    const response = await ask(undefined, "OPTIONS", preflight);
    expect([response.status, told(response)]).toEqual([405, {}]);
  });
});

test.each([
  [{ origins: ["shop.example"] }, "httpServer.cors.origins"],
  [{ origins: ["https://shop.example/"] }, "httpServer.cors.origins"],
  [{ origins: ["*"], credentials: true }, "httpServer.cors.credentials"],
  [{ origins: [], maxAgeSeconds: -1 }, "httpServer.cors.maxAgeSeconds"],
])("options that make no sense are refused: %j", (cors, name) => {
  expect(() => httpServer({ cors })).toThrow(OptionError);
  expect(() => httpServer({ cors })).toThrow(name);
});
