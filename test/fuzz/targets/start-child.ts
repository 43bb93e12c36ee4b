import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Door } from "../protocols/server-protocol.js";
import type { AttackReport } from "../attack/attack-report.js";
import type { AttackOrder, FromChild, Measure, ToChild } from "./child-messages.js";

/** Compiled programs start compiled ones; tests start what they are made of. */
const extension = extname(__filename);
const loader = extension === ".ts" ? ["--import", "tsx"] : [];

/** A process of the fuzzer's, under strict rules: whatever is not caught ends it. */
export class Child {
  /** Why it ended, once it has; what it printed last comes along. */
  death: string | undefined;
  #stderr = "";
  #ids = 0;
  #attacked: ((report?: AttackReport) => void) | undefined;
  readonly #waiting = new Map<number, (measure: Measure) => void>();
  readonly #onDeath: (() => void)[] = [];
  #stopping = false;

  private constructor(
    private readonly process: ChildProcess,
    readonly door: Promise<Door>,
    ready: (door: Door) => void,
    failed: (error: Error) => void,
  ) {
    process.stderr?.on("data", (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-8_000);
    });
    process.on("message", (message: FromChild) => {
      if (message.kind === "ready") ready(message.door);
      else if (message.kind === "attacked") this.#attacked?.(message.report);
      else this.#waiting.get(message.id)?.(message.measure);
    });
    process.on("exit", (code, signal) => {
      if (!this.#stopping)
        this.death = `ended with ${signal ?? code ?? "?"}\n${this.#stderr.trim()}`;
      failed(new Error(this.death ?? "stopped"));
      for (const told of this.#onDeath) told();
    });
  }

  /** Starts `file` of this folder with an argument, and resolves when it is ready. @throws what it printed if it ends. */
  static async start(
    file: string,
    argument: string,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly child: Child; readonly door: Door }> {
    const started = fork(join(__dirname, `${file}${extension}`), [argument], {
      execArgv: [
        ...loader,
        "--expose-gc",
        "--unhandled-rejections=strict",
        "--stack-trace-limit=5",
      ],
      env: { ...process.env, ...variables, NODE_OPTIONS: "" },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let ready!: (door: Door) => void;
    let failed!: (error: Error) => void;
    const opened = new Promise<Door>((resolve, reject) => ([ready, failed] = [resolve, reject]));
    opened.catch(() => undefined);
    const child = new Child(started, opened, ready, failed);
    return { child, door: await opened };
  }

  /** Calls `listener` when the process has ended. */
  onDeath(listener: () => void): void {
    if (this.death === undefined) this.#onDeath.push(listener);
    else listener();
  }

  go(...doors: readonly Door[]): void {
    this.#send({ kind: "go", doors });
  }

  /** Has it attack itself; undefined when that ended it, or was given up. */
  attack(order: AttackOrder): Promise<AttackReport | undefined> {
    return new Promise((resolve) => {
      this.#attacked = resolve;
      this.onDeath(() => resolve(undefined));
      this.#send({ kind: "attack", order });
    });
  }

  /** Waits no longer for the attack under way. */
  giveUp(): void {
    this.#attacked?.();
  }

  /** Undefined when the process is dead, or does not answer within 10 s. */
  measure(): Promise<Measure | undefined> {
    const id = ++this.#ids;
    return new Promise((resolve) => {
      const settle = (measure?: Measure): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(measure);
      };
      const timer = setTimeout(() => settle(), 10_000);
      this.#waiting.set(id, settle);
      this.onDeath(() => settle());
      this.#send({ kind: "measure", id });
    });
  }

  /** Largest resident set so far; 0 where the system does not tell, and once the process has ended. */
  peakRssBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.process.pid ?? 0}/status`, "utf8");
      return 1_024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }

  #send(message: ToChild): void {
    if (this.process.connected) this.process.send(message, () => undefined);
  }
}
