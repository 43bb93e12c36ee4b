import { expect, test } from "@jest/globals";
import { EndpointLatencies } from "../../../src/client/endpoint-latencies.js";
import { LatencyWindow } from "../../../src/client/latency-window.js";

const fill = (window: LatencyWindow, count: number, latency: (index: number) => number): void => {
  for (let index = 0; index < count; index++) window.add(latency(index));
};

test("says nothing before fifty latencies are known", () => {
  const window = new LatencyWindow();
  fill(window, 49, (index) => index);
  expect(window.percentile(50)).toBeUndefined();
  window.add(49);
  expect(window.percentile(50)).toBe(25);
});

test("at most the rest is above a percentile", () => {
  const window = new LatencyWindow();
  const values = Array.from({ length: 200 }, (_, index) => (index * 37) % 200);
  fill(window, 200, (index) => values[index]!);
  for (const percent of [1, 50, 90, 95, 99, 99.9]) {
    const above = values.filter((value) => value > window.percentile(percent)!).length;
    expect(above).toBeLessThanOrEqual((200 * (100 - percent)) / 100);
  }
});

test("forgets what is older than 200 latencies", () => {
  const window = new LatencyWindow();
  fill(window, 200, () => 1_000);
  expect(window.percentile(95)).toBe(1_000);
  fill(window, 200, () => 5);
  expect(window.percentile(95)).toBe(5);
});

test("each endpoint has its own, for a thousand of them", () => {
  const latencies = new EndpointLatencies();
  const first = latencies.of("shop", "Shop.Buy");
  expect(latencies.of("shop", "Shop.Buy")).toBe(first);
  expect(latencies.of("shop", "Shop.Sell")).not.toBe(first);
  for (let count = 0; count < 1_000; count++) latencies.of(`s${count}`, "A.B");
  expect(latencies.of("shop", "Shop.Buy")).not.toBe(first);
});
