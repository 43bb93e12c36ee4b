import { describe, expect, test } from "@jest/globals";
import { held, none, told, within } from "./figure.js";
import { withSection } from "./page.js";
import { markdown } from "./table.js";

describe("the page", () => {
  test("keeps the sections in their order, and replaces its own", () => {
    const soaked = withSection("# Reliability\n", "soak", "an hour");
    const both = withSection(soaked, "chaos", "faults");
    expect(both).toBe(
      "# Reliability\n\n<!-- chaos -->\n\nfaults\n\n<!-- /chaos -->\n\n<!-- soak -->\n\nan hour\n\n<!-- /soak -->\n",
    );
    expect(withSection(both, "chaos", "others")).toBe(both.replace("faults", "others"));
  });

  test("says which targets are missed", () => {
    const rows = markdown([
      told("calls", "7"),
      none("lost", 0),
      none("failed", 2),
      within("right again", undefined, 1_000),
      within("longest", 20, 1_000),
      held("share", "2 %", "≤ 1 %", false),
    ]).split("\n");
    expect(rows.slice(2)).toEqual([
      "| calls | 7 |  |  |",
      "| lost | 0 | 0 | ✓ |",
      "| failed | 2 | 0 | ✗ missed |",
      "| right again | never | ≤ 1,000 ms | ✗ missed |",
      "| longest | 20.0 ms | ≤ 1,000 ms | ✓ |",
      "| share | 2 % | ≤ 1 % | ✗ missed |",
    ]);
  });
});
