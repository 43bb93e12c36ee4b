import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { shortRun } from "./short-run.js";

const groups = 10;
const seedsPerGroup = 100;

describe("the same seed gives the same trace, byte for byte", () => {
  test.each(Array.from({ length: groups }, (_, group) => 1 + group * seedsPerGroup))(
    `${seedsPerGroup} seeds from %i, twice each`,
    async (from) => {
      const traces = new Set<string>();
      for (let seed = from; seed < from + seedsPerGroup; seed++) {
        const trace = await shortRun(seed);
        expect(trace.split("\n").length).toBeGreaterThan(20);
        if ((await shortRun(seed)) !== trace) throw new Error(`seed ${seed} ran in two ways`);
        traces.add(trace);
      }
      expect(traces.size).toBe(seedsPerGroup);
    },
    120_000,
  );

  test("in another process too", async () => {
    const repository = join(__dirname, "../..");
    const tsx = join(repository, "node_modules", "tsx", "dist", "cli.mjs");
    const fixture = join(__dirname, "short-run-process.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [tsx, fixture, "7"], {
      cwd: repository,
      maxBuffer: 64 * 1_048_576,
    });
    expect(stdout).toBe(await shortRun(7));
  }, 60_000);
});
