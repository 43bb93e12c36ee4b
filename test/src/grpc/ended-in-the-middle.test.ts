import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = join(__dirname, "ended-in-the-middle.ts");

test.each(["leaving", "invalid", "client", "server"])(
  "a process survives that a connection ends in the middle of what it tells (%s)",
  async (why) => {
    const run = promisify(execFile)(process.execPath, ["--import", "tsx", program, why], {
      env: { ...process.env, NODE_OPTIONS: "" },
      timeout: 25_000,
    });
    await expect(run).resolves.toMatchObject({ stdout: "{}", stderr: "" });
  },
  30_000,
);
