import { expect, test } from "@jest/globals";
import { parseDuration, readSettings } from "../../../src/service/settings.js";

test.each([
  ["90s", 90_000],
  ["1m30s", 90_000],
  ["500ms", 500],
  ["1.5h", 5_400_000],
  ["2", 2_000],
  ["250us", 0.25],
])("the duration %s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBeCloseTo(ms, 6);
});

test.each(["", "5 s", "s", "1x", "-5s", "1m 30s", "soon"])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

const settings = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  readSettings({ args, variables });

test("flags win over variables, in every way of writing them", () => {
  for (const args of [
    ["--registry_address=a:1"],
    ["--registry-address", "a:1"],
    ["serve", "--other", "--registry_address", "a:1"],
  ]) {
    const read = settings(args, { MICRO_REGISTRY_ADDRESS: "b:2" });
    expect(read.text("REGISTRY_ADDRESS")).toBe("a:1");
    expect(read.source("REGISTRY_ADDRESS")).toBe("--registry_address");
  }
  const read = settings([], { MICRO_REGISTRY_ADDRESS: "b:2", MICRO_BROKER: "" });
  expect(read.text("REGISTRY_ADDRESS")).toBe("b:2");
  expect(read.source("REGISTRY_ADDRESS")).toBe("MICRO_REGISTRY_ADDRESS");
  expect(read.text("BROKER")).toBeUndefined();
  expect(read.source("BROKER")).toBeUndefined();
});

test("numbers and durations say what is wrong with them, and where it stands", () => {
  const read = settings(["--client_retries=two"], { MICRO_REGISTER_TTL: "long" });
  expect(() => read.number("CLIENT_RETRIES", 1)).toThrow(
    '--client_retries must be a whole number, got "two"',
  );
  expect(() => read.duration("REGISTER_TTL", 1)).toThrow(/MICRO_REGISTER_TTL must be a duration/);
  expect(read.number("CLIENT_POOL_SIZE", 7)).toBe(7);
  expect(read.duration("CLIENT_POOL_TTL", 8)).toBe(8);
  expect(settings(["--client_retries=0"]).number("CLIENT_RETRIES", 1)).toBe(0);
  expect(settings(["--register_ttl=2m"]).duration("REGISTER_TTL", 1)).toBe(120_000);
});

test("a flag without a value is refused", () => {
  expect(() => settings(["--registry"])).toThrow("--registry needs a value");
});
