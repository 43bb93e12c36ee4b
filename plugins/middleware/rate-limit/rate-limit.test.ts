import { expect, test } from "@jest/globals";
import { OptionError, TooManyRequests } from "../../../src/spi.js";
import { layered } from "../../../test/support/layered.js";
import { rateLimit } from "./index.js";

test("so many calls pass in a time, and their burst at once", async () => {
  const { clock, outcome } = layered(rateLimit({ calls: 10, burst: 3 }));
  const calls = async (count: number): Promise<number> => {
    let passed = 0;
    for (let made = 0; made < count; made++) if ((await outcome()) === "done") passed++;
    return passed;
  };
  expect(await calls(10)).toBe(3);
  await clock.advance(100);
  expect(await calls(10)).toBe(1);
  await clock.advance(60_000);
  expect(await calls(10)).toBe(3);
});

test("who is over it hears when to try again, and that trying is safe", async () => {
  const { call, inner } = layered(rateLimit({ calls: 2, perMs: 500 }));
  await call();
  await call();
  const refused = call();
  await expect(refused).rejects.toThrow(TooManyRequests);
  await expect(refused).rejects.toThrow("over 2 calls in 500 ms; try again in 250 ms");
  await expect(refused).rejects.toMatchObject({
    reason: "rate.limited",
    retry: "safe",
    data: { waitMs: 250 },
  });
  expect(inner.calls).toBe(2);
});

test("each key has a limit of its own, and so many are remembered", async () => {
  const { outcome } = layered(
    rateLimit({ calls: 1, key: ({ metadata }) => metadata["user"] ?? "", maxKeys: 2 }),
  );
  const by = (user: string) => outcome({ metadata: { user } });
  expect([await by("a"), await by("b"), await by("a")]).toEqual(["done", "done", "rate.limited"]);
  await by("c"); // takes the place of b, which was not seen for longest
  expect([await by("a"), await by("b")]).toEqual(["rate.limited", "done"]);
});

test.each([
  [{ calls: 0 }],
  [{ calls: 1, perMs: 0 }],
  [{ calls: 1, burst: 0 }],
  [{ calls: 1, maxKeys: 0 }],
])("refuses %p", (options) => {
  expect(() => rateLimit(options)).toThrow(OptionError);
});
