import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jwtAuth, requireScopes } from "../../plugins/auth/jwt/index.js";
import { doorNames, house, publicDoorNames } from "./doors.js";
import { badTokens, tokenOffice } from "./tokens.js";

let office: Awaited<ReturnType<typeof tokenOffice>>;
let guarded: Awaited<ReturnType<typeof house>>;

beforeAll(async () => {
  office = await tokenOffice();
  const { issuer, audience, jwks } = office;
  const auth = jwtAuth({ issuer, audience, jwks, algorithms: ["ES256"], open: ["Debug.Health"] });
  guarded = await house({ interceptors: [auth], admin: [requireScopes("admin", "write")] });
});
afterAll(() => guarded.close());

describe.each(doorNames)("through %s", (door) => {
  test.each(badTokens)("nobody comes in with %s", async (name) => {
    const { peers, events, doors } = guarded;
    const before = [peers.length, events.length];
    const [authorization, reason] = office.bad[name];
    expect(await doors[door]({ authorization })).toBe(reason);
    expect([peers.length, events.length]).toEqual(before);
  });

  test("whoever has a good token comes in", async () => {
    expect(await guarded.doors[door]({ authorization: `Bearer ${await office.sign()}` })).toBe(
      "in",
    );
  });
});

test.each(["HTTP by hand", "frames", "gRPC", "plain HTTP", "plain HTTP by hand"] as const)(
  "through %s a scope is needed where it is asked for",
  async (door) => {
    const enter = guarded.adminDoors[door];
    const tokenOf = async (claims: Record<string, unknown>) => ({
      authorization: `Bearer ${await office.sign(claims)}`,
    });
    expect(await enter({})).toBe("auth.missing");
    expect(await enter(await tokenOf({ scope: "read write" }))).toBe("auth.scope");
    expect(await enter(await tokenOf({ scope: "write admins" }))).toBe("auth.scope");
    expect(await enter(await tokenOf({ scope: "admin write" }))).toBe("in");
    expect(await enter(await tokenOf({ scope: undefined, scp: ["admin", "write"] }))).toBe("in");
  },
);

describe.each(publicDoorNames)("%s is no matter of tokens", (door) => {
  test.each(badTokens)("and answers whoever has %s", async (name) => {
    const before = guarded.peers.length;
    const [authorization] = office.bad[name];
    expect(await guarded.publicDoors[door]({ authorization })).toBe("in");
    expect(guarded.peers.length).toBe(before);
  });

  test("and answers whoever has a good one", async () => {
    const authorization = `Bearer ${await office.sign()}`;
    expect(await guarded.publicDoors[door]({ authorization })).toBe("in");
  });
});

test("an endpoint that is left open needs no token", async () => {
  expect(await guarded.health({})).toBe("in");
});

test("events that a broker delivers need none", async () => {
  const { events } = guarded;
  await guarded.publish("through the broker");
  while (!events.includes("through the broker"))
    await new Promise((resolve) => setImmediate(resolve));
});
