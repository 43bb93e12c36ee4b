import { expect, test } from "@jest/globals";
import { Client, createApp, rpcServer } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { Test } from "plugboard/testing";
import { Mailer, SignUpModule, Support, UserCreated, type Users } from "./pubsub.js";

process.env["MICRO_LOG_LEVEL"] = "error";

class UsersClient extends Client<Users>("users") {}

test("an event is published once, and one that cannot be handled is dead-lettered", async () => {
  await using cluster = await Test.cluster();
  await cluster.start(SignUpModule);
  const users = cluster.client(UsersClient);
  expect(await users.signUp({ email: "ada@example.org" })).toEqual({
    id: "u-15",
    email: "ada@example.org",
  });
  await users.signUp({ email: "not-an-address" });
  expect(cluster.broker.published(UserCreated).map(({ id }) => id)).toEqual(["u-15", "u-14"]);
  expect(cluster.broker.deadLetters(UserCreated)).toEqual([]);
  await cluster.clock.advance(1_000); // both retries
  expect(cluster.broker.deadLetters(UserCreated)).toEqual([
    { id: "u-14", email: "not-an-address" },
  ]);
});

test("the mailer welcomes, the support looks into the rest and learns the reason", async () => {
  await using app = createApp(SignUpModule, {
    plugins: {
      registry: memoryRegistry(),
      broker: memoryBroker(),
      server: rpcServer({ address: "127.0.0.1:0" }),
    },
  });
  await app.start();
  const users = app.get(UsersClient);
  await users.signUp({ email: "ada@example.org" });
  await users.signUp({ email: "not-an-address" });
  const { welcomed } = app.get(Mailer);
  const { unreachable } = app.get(Support);
  while (welcomed.length === 0 || unreachable.length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(welcomed).toEqual(["ada@example.org"]);
  expect(unreachable).toEqual(["not-an-address: bad address"]);
});
