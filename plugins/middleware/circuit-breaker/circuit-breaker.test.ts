import { expect, test } from "@jest/globals";
import {
  BadRequest,
  Canceled,
  InternalServerError,
  OptionError,
  Unavailable,
} from "../../../src/spi.js";
import { layered } from "../../../test/support/layered.js";
import { circuitBreaker } from "./index.js";

const failing = (error: Error) => (): Promise<never> => Promise.reject(error);
const broken = failing(new InternalServerError("broken", { reason: "broken" }));
const fine = () => Promise.resolve("done");

function setUp() {
  const bench = layered(
    circuitBreaker({ calls: 4, failureRate: 0.5, windowMs: 1_000, openMs: 500 }),
  );
  const { inner, outcome } = bench;
  const open = async (): Promise<void> => {
    inner.then = broken;
    for (let count = 0; count < 4; count++) await outcome();
    inner.then = fine;
    inner.calls = 0;
  };
  return { ...bench, open };
}

test("an endpoint that mostly fails is not called, and the caller is told", async () => {
  const { inner, outcome, call, open } = setUp();
  await open();
  expect(await outcome()).toBe("circuit.open");
  await expect(call()).rejects.toThrow(Unavailable);
  await expect(call()).rejects.toMatchObject({ retry: "safe" });
  await expect(call()).rejects.toThrow(
    "shop Shop.Buy: not called, because it mostly failed; it is tried again in 500 ms",
  );
  expect(inner.calls).toBe(0);
});

test("after a while one call tries it; its success closes the circuit", async () => {
  const { clock, inner, outcome, open } = setUp();
  await open();
  await clock.advance(500);
  let answer = (_reply: string): void => undefined;
  inner.then = () => new Promise((resolve) => (answer = resolve));
  const probe = outcome();
  expect(await outcome()).toBe("circuit.open");
  answer("back");
  expect(await probe).toBe("back");
  inner.then = fine;
  expect(await outcome()).toBe("done");
  expect(inner.calls).toBe(2);
});

test("the failure of that call opens it again", async () => {
  const { clock, inner, outcome, open } = setUp();
  await open();
  await clock.advance(500);
  inner.then = broken;
  expect(await outcome()).toBe("broken");
  await clock.advance(499);
  expect(await outcome()).toBe("circuit.open");
  await clock.advance(1);
  expect(await outcome()).toBe("broken");
});

test("a cancelled try leaves room for another", async () => {
  const { clock, inner, outcome, open } = setUp();
  await open();
  await clock.advance(500);
  inner.then = failing(new Canceled("enough", { reason: "canceled" }));
  expect(await outcome()).toBe("canceled");
  inner.then = fine;
  expect(await outcome()).toBe("done");
});

test("mistakes of the caller are answers", async () => {
  const { inner, outcome } = setUp();
  inner.then = failing(new BadRequest("what?", { reason: "bad" }));
  for (let count = 0; count < 20; count++) expect(await outcome()).toBe("bad");
});

test("failures count for their window only", async () => {
  const { clock, inner, outcome } = setUp();
  inner.then = broken;
  for (let count = 0; count < 10; count++) {
    expect(await outcome()).toBe("broken");
    await clock.advance(400);
  }
});

test("endpoints have circuits of their own, unless told otherwise", async () => {
  const { outcome, open } = setUp();
  await open();
  expect(await outcome({ endpoint: "Shop.Look" })).toBe("done");
  const shared = layered(circuitBreaker({ calls: 1, key: ({ service }) => service }));
  shared.inner.then = broken;
  await shared.outcome();
  expect(await shared.outcome({ endpoint: "Shop.Look" })).toBe("circuit.open");
});

test("a thousand circuits are kept", async () => {
  const { outcome, inner } = layered(circuitBreaker({ calls: 1 }));
  inner.then = broken;
  for (let count = 0; count <= 1_000; count++) await outcome({ endpoint: `Shop.E${count}` });
  expect(await outcome({ endpoint: "Shop.E0" })).toBe("broken");
  expect(await outcome({ endpoint: "Shop.E1000" })).toBe("circuit.open");
});

test.each([[{ failureRate: 0 }], [{ failureRate: 2 }], [{ calls: 0 }], [{ openMs: -1 }]])(
  "refuses %p",
  (options) => {
    expect(() => circuitBreaker(options)).toThrow(OptionError);
  },
);
