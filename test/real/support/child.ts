import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import type { Startable } from "./provisioned.js";

/** How to start a program. */
export interface ChildOptions extends Startable {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the program is ready, from all it has printed so far. Left out: at once. */
  readonly ready?: (output: string) => boolean;
  /** Milliseconds it may take. Default 30,000. */
  readonly readyMs?: number;
  /** Hears standard output line by line. */
  readonly onLine?: (line: string) => void;
}

/** A running program. Killed with this process at the latest. */
export interface Child {
  readonly pid: number;
  readonly stdin: Writable;
  /** The last 64 KiB that it printed, both streams. */
  output(): string;
  /** Sends a signal and waits until the program is gone. Default SIGTERM; SIGKILL after 10 s. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal and returns. */
  signal(signal: NodeJS.Signals): void;
  /** How it ended: a status, or a signal. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const living = new Set<Child>();
process.once("exit", () => living.forEach((child) => child.signal("SIGKILL")));

/** Starts a program and waits until it is ready. @throws with what it printed when it does not get there. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { readyMs = 30_000, ready } = options;
  let wake: () => void = () => undefined;
  const child = launch(options, () => wake());
  if (!ready) return child;
  let ended = false;
  void child.exited.then(() => {
    ended = true;
    wake();
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    wake();
  }, readyMs);
  try {
    while (!ready(child.output())) {
      if (ended || late) {
        const what = ended ? "ended before it was ready" : `was not ready after ${readyMs} ms`;
        child.signal("SIGKILL");
        throw new Error(`${options.command.join(" ")} ${what}:\n${child.output().slice(-4_000)}`);
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    clearTimeout(timer);
  }
  return child;
}

function launch(options: ChildOptions, changed: () => void): Child {
  const { args = [], env, cwd, docker, onLine } = options;
  const container = `plugboard-${randomUUID()}`;
  const inDocker = ["docker", "run", "--rm", "-i", "--name", container, "--network", "host"];
  const shared = ["-v", "/tmp:/tmp", docker ?? ""];
  const [command = "", ...before] = docker
    ? [...inDocker, ...shared, ...options.command]
    : options.command;
  const child = spawn(command, [...before, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let printed = "";
  let line = "";
  const keep = (text: string): void => {
    printed = (printed + text).slice(-65_536);
    changed();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    if (onLine) lines.forEach(onLine);
    keep(text);
  });
  child.stderr.setEncoding("utf8").on("data", keep);
  child.stdin.on("error", () => undefined); // it has gone; `exited` tells
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("error", (error) => {
      keep(error.message);
      resolve({ code: null, signal: null });
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const self: Child = {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    exited,
    output: () => printed,
    signal: (signal) => {
      if (docker) spawnSync("docker", ["kill", "--signal", signal, container]);
      else child.kill(signal);
    },
    kill: async (signal = "SIGTERM") => {
      self.signal(signal);
      const timer = setTimeout(() => self.signal("SIGKILL"), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
  living.add(self);
  void exited.then(() => living.delete(self));
  return self;
}
