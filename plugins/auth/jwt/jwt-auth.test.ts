import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import {
  CallContext,
  OptionError,
  type Call,
  type Environment,
  type Interceptor,
  type RpcError,
} from "../../../src/spi.js";
import { tokenOffice } from "../../../test/security/tokens.js";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { bearer, claimsOf, jwtAuth, requireScopes, type JwtAuthOptions } from "./index.js";
import { loadJose } from "./load-jose.js";

let office: Awaited<ReturnType<typeof tokenOffice>>;
beforeAll(async () => (office = await tokenOffice()));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const trusted = { issuer: "https://issuer.test", audience: "greeter" } as const;
const secret = "a secret of no less than thirty-two bytes";

const callWith = (authorization?: string, more: Partial<Call> = {}): Call => {
  const metadata = authorization === undefined ? {} : { authorization };
  return {
    side: "server",
    service: "greeter",
    endpoint: "Greeter.Hello",
    shape: "unary",
    request: {},
    context: new CallContext(virtualWorld().clock, metadata),
    metadata: { ...metadata },
    attempt: 1,
    ...more,
  };
};

/** A world of today, as the tokens are; or of another time. */
const worldAt = (now: () => number = Date.now): Environment => {
  const world = virtualWorld().environment();
  return { ...world, clock: { ...world.clock, now } };
};

/** Whom the layer let in, or why it did not. */
async function through(layer: Interceptor, call: Call, world = worldAt()): Promise<unknown> {
  try {
    return await layer(async ({ context }) => claimsOf(context) ?? "let in", world)(call);
  } catch (error) {
    return [(error as RpcError).code, (error as RpcError).reason];
  }
}

const bearing = async (layer: Interceptor, claims?: Record<string, unknown>) =>
  through(layer, callWith(`Bearer ${await office.sign(claims)}`));

describe("a token is verified", () => {
  test("by a set of keys, and the handler knows what it says", async () => {
    const layer = jwtAuth({ ...trusted, jwks: office.jwks, algorithms: ["ES256"] });
    expect(await bearing(layer)).toMatchObject({ sub: "ann", scope: "read" });
  });

  test("by a public key", async () => {
    const { publicKey } = office;
    const layer = jwtAuth({ ...trusted, publicKey, algorithms: ["ES256"] });
    expect(await bearing(layer)).toMatchObject({ sub: "ann" });
    expect(await bearing(layer, { aud: "billing" })).toEqual([401, "auth.invalid"]);
  });

  test("by a secret", async () => {
    const layer = jwtAuth({ ...trusted, secret, algorithms: ["HS256"] });
    const sign = (key: string) =>
      new SignJWT({ iss: trusted.issuer, aud: trusted.audience, sub: "bob" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(Buffer.from(key));
    expect(await through(layer, callWith(`Bearer ${await sign(secret)}`))).toMatchObject({
      sub: "bob",
    });
    expect(await through(layer, callWith(`bearer ${await sign(`${secret}!`)}`))).toEqual([
      401,
      "auth.invalid",
    ]);
  });

  test("for one of several audiences and issuers", async () => {
    const layer = jwtAuth({
      issuer: ["https://old.test", trusted.issuer],
      audience: ["greeter", "billing"],
      jwks: office.jwks,
      algorithms: ["ES256"],
    });
    expect(await bearing(layer, { aud: ["x", "billing"] })).toMatchObject({ sub: "ann" });
    expect(await bearing(layer, { aud: "x" })).toEqual([401, "auth.invalid"]);
  });

  test("by the clock of the environment, with a tolerance", async () => {
    const token = await office.sign({}, "1h");
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as {
      readonly exp: number;
    };
    const at = (ms: number) =>
      through(
        jwtAuth({
          ...trusted,
          jwks: office.jwks,
          algorithms: ["ES256"],
          clockToleranceMs: 2_000,
        }),
        callWith(`Bearer ${token}`),
        worldAt(() => exp * 1_000 + ms),
      );
    expect(await at(1_000)).toMatchObject({ sub: "ann" });
    expect(await at(3_000)).toEqual([401, "auth.expired"]);
  });

  test("with one of the algorithms that are named", async () => {
    const layer = jwtAuth({ ...trusted, jwks: office.jwks, algorithms: ["RS256", "ES384"] });
    expect(await bearing(layer)).toEqual([401, "auth.invalid"]);
  });
});

describe("keys from an address", () => {
  async function issuer(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((closed) => server.close(closed).closeAllConnections()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  }
  const auth = (jwks: string) => jwtAuth({ ...trusted, jwks, algorithms: ["ES256"] });

  test("are fetched once, when the first token comes", async () => {
    let asked = 0;
    const jwks = await issuer((_request, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json").end(JSON.stringify(office.jwks));
    });
    const layer = auth(jwks);
    expect(asked).toBe(0);
    for (let n = 0; n < 3; n += 1) expect(await bearing(layer)).toMatchObject({ sub: "ann" });
    expect(asked).toBe(1);
  });

  test("that do not come are not the caller's fault", async () => {
    const broken = await issuer((_request, response) => response.writeHead(500).end());
    expect(await bearing(auth(broken))).toEqual([503, "auth.keys-unreachable"]);
    expect(await bearing(auth("http://127.0.0.1:1/keys"))).toEqual([503, "auth.keys-unreachable"]);
  });

  test("that do not have the token's key are the caller's", async () => {
    const jwks = await issuer((_request, response) =>
      response.setHeader("content-type", "application/json").end('{"keys":[]}'),
    );
    expect(await bearing(auth(jwks))).toEqual([401, "auth.invalid"]);
  });
});

describe("requireScopes", () => {
  test("lets nobody in where no token is asked for", async () => {
    expect(await through(requireScopes("read"), callWith())).toEqual([401, "auth.missing"]);
  });

  test("needs a scope", () => {
    expect(() => requireScopes("")).toThrow(OptionError);
    expect(() => requireScopes(...([] as unknown as [string]))).toThrow(OptionError);
  });
});

describe("bearer", () => {
  const sent = async (layer: Interceptor, service = "greeter", had?: string) => {
    const call = callWith(had, { side: "client", service });
    await layer(async () => undefined, worldAt())(call);
    return call.metadata["authorization"];
  };

  test("sends a token, or what it is told each time", async () => {
    expect(await sent(bearer("abc"))).toBe("Bearer abc");
    let n = 0;
    const layer = bearer(async () => String((n += 1)));
    expect([await sent(layer), await sent(layer)]).toEqual(["Bearer 1", "Bearer 2"]);
  });

  test("sends its own in place of another", async () => {
    expect(await sent(bearer("mine"), "greeter", "Bearer theirs")).toBe("Bearer mine");
  });

  test("sends it to the services that are named alone", async () => {
    const layer = bearer("abc", { services: ["greeter"] });
    expect([await sent(layer), await sent(layer, "stranger")]).toEqual(["Bearer abc", undefined]);
  });
});

const good: JwtAuthOptions = { ...trusted, secret, algorithms: ["HS256"] };
test.each<[string, Partial<Record<keyof JwtAuthOptions, unknown>>]>([
  ["exactly one of secret, publicKey and jwks", { secret: undefined }],
  ["exactly one of secret, publicKey and jwks", { jwks: { keys: [] } }],
  ["jwtAuth.algorithms", { algorithms: [] }],
  ["jwtAuth.algorithms", { algorithms: ["none"] }],
  ["jwtAuth.algorithms", { algorithms: ["HS256", "ES256"] }],
  ["jwtAuth.algorithms", { secret: undefined, jwks: { keys: [] } }],
  ["jwtAuth.secret must have 32 bytes", { secret: "short" }],
  ["jwtAuth.secret must have 64 bytes", { algorithms: ["HS512"] }],
  ["jwtAuth.publicKey", { secret: undefined, publicKey: "x", algorithms: ["ES256"] }],
  ["jwtAuth.jwks", { secret: undefined, jwks: "http://far.test/keys", algorithms: ["ES256"] }],
  ["jwtAuth.jwks", { secret: undefined, jwks: "keys", algorithms: ["ES256"] }],
  ["jwtAuth.issuer", { issuer: [] }],
  ["jwtAuth.audience", { audience: undefined }],
  ["jwtAuth.audience", { audience: "" }],
  ["jwtAuth.clockToleranceMs", { clockToleranceMs: -1 }],
])("options are checked: %s", (words, changed) => {
  expect(() => jwtAuth(good)).not.toThrow();
  const made = () => jwtAuth({ ...good, ...changed } as JwtAuthOptions);
  expect(made).toThrow(OptionError);
  expect(made).toThrow(words);
});

test("the package that is missing is asked for by its line", async () => {
  const missing = Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadJose(() => Promise.reject(missing))).rejects.toMatchObject({
    code: 501,
    reason: "plugin.package-missing",
    message: "jwtAuth needs the package jose, which is not installed: npm install jose@6.2.17",
  });
  const broken = Object.assign(new Error("broken"), { code: "ERR_OTHER" });
  await expect(loadJose(() => Promise.reject(broken))).rejects.toBe(broken);
});
