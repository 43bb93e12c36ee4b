import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createService, type PlainService } from "../../index.js";
import { bearer, claimsOf, jwtAuth } from "../../plugins/auth/jwt/index.js";
import { memoryBroker } from "../../plugins/broker/memory/index.js";
import { memoryRegistry, memoryRegistryHub } from "../../plugins/registry/memory/index.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { rpcServer, type Context, type Interceptor } from "../../src/index.js";
import { silentLogger } from "../../src/spi.js";
import { tokenOffice } from "./tokens.js";

const services: PlainService[] = [];
let office: Awaited<ReturnType<typeof tokenOffice>>;
const hub = memoryRegistryHub();

async function start(
  name: string,
  clientInterceptors: readonly Interceptor[],
  serve?: (service: PlainService) => void,
): Promise<PlainService> {
  const { issuer, audience, jwks } = office;
  const service = createService({
    name,
    environment: realEnvironment({ logger: silentLogger }),
    interceptors: [jwtAuth({ issuer, audience, jwks, algorithms: ["ES256"] })],
    clientInterceptors,
    plugins: {
      registry: memoryRegistry({ hub }),
      broker: memoryBroker(),
      server: rpcServer({ address: "127.0.0.1:0" }),
    },
  });
  serve?.(service);
  services.push(service);
  return service.start();
}

const who = (_request: unknown, context: Context) => ({ sub: claimsOf(context)?.sub });

beforeAll(async () => {
  office = await tokenOffice();
  const forward = (endpoint: string) => (service: PlainService) => {
    service.handle(endpoint, async () => {
      const { client } = service;
      return client.call(client.newRequest("back", "Back.Who", {}));
    });
  };
  await start("back", [], (service) => service.handle("Back.Who", who));
  await start(
    "trusting",
    [bearer(() => office.sign({ sub: "trusting" }))],
    forward("Trusting.Ask"),
  );
  await start("plain", [], forward("Plain.Ask"));
});
afterAll(async () => {
  for (const service of services.reverse()) await service.stop();
});

test("a nested call goes with the token of the service, never with that of its caller", async () => {
  const caller = await start("caller", [bearer(await office.sign({ sub: "ann" }))]);
  const { client } = caller;
  expect(await client.call(client.newRequest("back", "Back.Who", {}))).toEqual({ sub: "ann" });
  expect(await client.call(client.newRequest("trusting", "Trusting.Ask", {}))).toEqual({
    sub: "trusting",
  });
  await expect(client.call(client.newRequest("plain", "Plain.Ask", {}))).rejects.toMatchObject({
    code: 401,
    reason: "auth.missing",
  });
});
