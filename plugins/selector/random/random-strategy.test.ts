import { expect, test } from "@jest/globals";
import { virtualWorld } from "../../../test/support/virtual-environment.js";
import { fromSettings } from "./index.js";
import { randomStrategy } from "./random-strategy.js";

test("each candidate gets its share", () => {
  const strategy = randomStrategy(virtualWorld().environment());
  const service = { name: "s", version: "1", metadata: {}, endpoints: [], nodes: [] };
  const list = ["a", "b", "c", "d"].map((id) => ({
    node: { id, address: "h:1", metadata: {} },
    service,
  }));
  const counts = [0, 0, 0, 0];
  const draws = 20_000;
  for (let draw = 0; draw < draws; draw++) counts[strategy(list, {})]!++;
  // Five standard deviations of a binomial distribution around a quarter.
  const slack = 5 * Math.sqrt(draws * 0.25 * 0.75);
  for (const count of counts) expect(Math.abs(count - draws / 4)).toBeLessThan(slack);
});

test("its settings need nothing", () => {
  expect(fromSettings({ addresses: [] }).name).toBe("random");
});
