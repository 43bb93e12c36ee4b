import { expect, test } from "@jest/globals";
import { TokenKeeper } from "./token-keeper.js";

test("one token is got for all, until it is refused", async () => {
  const keeper = new TokenKeeper();
  let asked = 0;
  const get = () => keeper.get(() => Promise.resolve(`token${(asked += 1)}`));
  const [one, two] = [get(), get()];
  expect(keeper.waiting).toBe(true);
  expect([await one, await two]).toEqual(["token1", "token1"]);
  expect(keeper.waiting).toBe(false);
  keeper.forget(one);
  expect(await get()).toBe("token2");
  keeper.forget(one); // it has been replaced
  expect(await get()).toBe("token2");
});

test("a failure is told to those who wait, and forgotten", async () => {
  const keeper = new TokenKeeper();
  const failing = () => keeper.get(() => Promise.reject(new Error("busy")));
  await expect(Promise.all([failing(), failing()])).rejects.toThrow("busy");
  expect(keeper.waiting).toBe(false);
  expect(await keeper.get(() => Promise.resolve(undefined))).toBeUndefined();
});
