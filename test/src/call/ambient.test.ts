import { expect, test } from "@jest/globals";
import { noMetadata } from "../../../src/base/metadata.js";
import { Ambient } from "../../../src/call/ambient.js";
import { compose, type Call, type CallHandler, type Interceptor } from "../../../src/call/call.js";
import { CallContext } from "../../../src/call/context.js";
import { contract } from "../../../src/call/contract.js";
import { topic } from "../../../src/call/topic.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const contextOf = (): CallContext => new CallContext(virtualWorld().clock, noMetadata);

test("the context is kept once somebody may look", async () => {
  const ambient = new Ambient();
  const context = contextOf();
  expect([ambient.observed, ambient.current]).toEqual([false, undefined]);
  expect(ambient.run(context, () => ambient.current)).toBeUndefined();
  ambient.observe();
  ambient.observe();
  expect(ambient.observed).toBe(true);
  const seen = await ambient.run(context, async () => {
    await Promise.resolve();
    return [ambient.current, ambient.callContext];
  });
  expect(seen).toEqual([context, context]);
  expect(ambient.current).toBeUndefined();
});

test("two apps do not see each other's context", () => {
  const [one, other] = [new Ambient(), new Ambient()];
  one.observe();
  other.observe();
  expect(one.run(contextOf(), () => other.current)).toBeUndefined();
});

test("when the app has ended nothing is kept any more", async () => {
  const ambient = new Ambient();
  ambient.observe();
  const late = await ambient.run(contextOf(), async () => {
    ambient.close();
    await Promise.resolve();
    return ambient.current;
  });
  expect(late).toBeUndefined();
  expect(ambient.run(contextOf(), () => ambient.current)).toBeUndefined();
});

test("layers wrap the handler, the first outermost, and are made once", async () => {
  const turns: string[] = [];
  const layer =
    (name: string): Interceptor =>
    (next) => {
      turns.push(`made ${name}`);
      return async (call) => {
        turns.push(name);
        return next(call);
      };
    };
  const environment = virtualWorld().environment();
  const handler: CallHandler = ({ request }) => Promise.resolve(request);
  const chain = compose([layer("a"), layer("b")], handler, environment);
  const call = { request: 1 } as Call;
  expect([await chain(call), await chain(call)]).toEqual([1, 1]);
  expect(turns).toEqual(["made b", "made a", "a", "b", "a", "b"]);
});

test("a topic has a name, and a schema where there is one", () => {
  expect(topic("user.created")).toEqual({ name: "user.created" });
  class User {}
  expect(topic("user.created", User)).toEqual({ name: "user.created", schema: User });
  expect(() => topic("")).toThrow("topic name must be a text that is not empty");
});

test("a contract is what it was made of", () => {
  const endpoints = { hello: { endpoint: "Greeter.Hello" } };
  expect(contract("greeter", endpoints)).toEqual({ service: "greeter", endpoints });
});
