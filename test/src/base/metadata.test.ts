import { expect, test } from "@jest/globals";
import { newMetadata, noMetadata, toMetadata } from "../../../src/base/metadata.js";

test("metadata has names in lower case and no prototype", () => {
  const metadata = toMetadata({ "X-Tenant": "acme", gone: undefined, ["__proto__"]: "own" });
  expect(Object.entries(metadata)).toEqual([
    ["x-tenant", "acme"],
    ["__proto__", "own"],
  ]);
  expect("toString" in metadata).toBe(false);
  expect("__proto__" in newMetadata()).toBe(false);
  expect(metadata["tostring"]).toBeUndefined();
});

test("the empty metadata stays empty", () => {
  expect(Object.keys(noMetadata)).toEqual([]);
  expect(Object.isFrozen(noMetadata)).toBe(true);
});
