// Runs one command after another, each in a process group of its own, so that one that hangs can
// be ended together with whatever it started.
import { spawn } from "node:child_process";
import { resolve } from "node:path";

export const repository = resolve(import.meta.dirname, "../..");

/** Every check of the repository but the tests, by npm script. */
export const checks = [
  "lint",
  "test:types",
  "check:imports",
  "check:api",
  "check:pack",
  "check:consumer",
  "coverage",
];

const windows = process.platform === "win32";
let running;

function endRunning() {
  if (running?.pid === undefined) return;
  try {
    process.kill(windows ? running.pid : -running.pid, "SIGKILL");
  } catch {
    // already gone
  }
}

for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => {
    endRunning();
    process.exit(status);
  });
}

/** Runs `command`; the promise tells what went wrong, or nothing. */
export function run(command, args, { cwd = repository, env = {}, minutes = 30 } = {}) {
  return new Promise((settle) => {
    let late = false;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: "inherit",
      detached: !windows,
      shell: windows,
    });
    running = child;
    const timer = setTimeout(() => {
      late = true;
      endRunning();
    }, minutes * 60_000);
    const finish = (fault) => {
      clearTimeout(timer);
      running = undefined;
      settle(fault);
    };
    child.on("error", (error) => finish(error.message));
    child.on("exit", (code, signal) => {
      if (late) finish(`still running after ${minutes} min`);
      else finish(code === 0 ? undefined : `ended with ${signal ?? `status ${code}`}`);
    });
  });
}

export const heading = (title) => console.log(`\n=== ${title}`);
