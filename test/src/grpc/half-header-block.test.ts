import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = join(__dirname, "half-header-block.ts");

test.each(["client", "server"])(
  "a process survives that a connection of its %s breaks in the middle of a header block",
  async (side) => {
    const run = promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "--expose-gc", program, side],
      { env: { ...process.env, NODE_OPTIONS: "" }, timeout: 25_000 },
    );
    await expect(run).resolves.toMatchObject({ stderr: "" });
  },
  30_000,
);
