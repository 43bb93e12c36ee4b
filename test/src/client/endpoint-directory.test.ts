import { describe, expect, test } from "@jest/globals";
import { conventionalType, EndpointDirectory } from "../../../src/client/endpoint-directory.js";
import { RegistryCache } from "../../../src/registry/registry-cache.js";
import type { EndpointRecord, ServiceRecord } from "../../../src/registry/registry.js";
import { TableRegistry } from "../../support/table-registry.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const recordOf = (...endpoints: EndpointRecord[]): ServiceRecord => ({
  name: "user-accounts",
  version: "1",
  metadata: {},
  endpoints,
  nodes: [{ id: "n", address: "a:1", metadata: {} }],
});

const endpoint = (
  name: string,
  metadata: Readonly<Record<string, string>> = {},
): EndpointRecord => ({ name, metadata });

async function directoryOf(...endpoints: EndpointRecord[]) {
  const world = virtualWorld();
  const registry = new TableRegistry(world.clock);
  await registry.register(recordOf(...endpoints));
  const cache = new RegistryCache(registry, world.environment());
  const directory = new EndpointDirectory(cache);
  const find = async (method: string) => directory.find("user-accounts", method);
  return { directory, find };
}

describe("the endpoint directory", () => {
  test("tells how a method is called, whatever its first letter", async () => {
    const { find, directory } = await directoryOf(
      endpoint("UserAccounts.Get", { idempotent: "true" }),
      endpoint("UserAccounts.Watch", { stream: "true" }),
      endpoint("UserAccounts.Upload", { stream: "true", "reply-stream": "false" }),
      endpoint("Mailer.Welcome", { subscriber: "true" }),
    );
    expect(await find("get")).toMatchObject({ endpoint: "UserAccounts.Get", idempotent: true });
    expect(await find("Get")).toMatchObject({ replyStream: false });
    expect(await find("watch")).toMatchObject({ replyStream: true, idempotent: false });
    expect(await find("upload")).toMatchObject({ replyStream: false });
    expect(await find("welcome")).toBeUndefined();
    expect(await find("other")).toBeUndefined();
    expect(directory.find("user-accounts", "get")).not.toBeInstanceOf(Promise);
  });

  test("prefers the type that is named like the service", async () => {
    const { find } = await directoryOf(
      endpoint("Admin.Get"),
      endpoint("UserAccounts.Get"),
      endpoint("Admin.Drop"),
      endpoint("Audit.Drop"),
    );
    expect(await find("get")).toMatchObject({ endpoint: "UserAccounts.Get" });
    expect(await find("drop")).toBeUndefined();
  });

  test("knows nothing of a service that nobody serves", async () => {
    const { directory } = await directoryOf();
    expect(await directory.find("nobody", "get")).toBeUndefined();
  });
});

test.each([
  ["greeter", "Greeter"],
  ["go.micro.srv.user-accounts", "UserAccounts"],
  ["shop_cart", "ShopCart"],
  ["", ""],
])("the service %j is expected to have the type %j", (service, type) => {
  expect(conventionalType(service)).toBe(type);
});
