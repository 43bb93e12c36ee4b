import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How to start one of the programs beside this folder. */
export interface ProgramOptions {
  /** What it is called in messages and in the name of its log. */
  readonly name: string;
  /** The file below `programs`, without its ending. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands before the command, such as `ip netns exec name`. */
  readonly enter?: readonly string[];
  /** Where its log goes. */
  readonly folder: string;
  /** Milliseconds until it must be ready. Default 120,000. */
  readonly readyMs?: number;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What a program sends: the answer to a question, or something that it tells unasked. */
interface Letter {
  readonly id?: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly failure?: string;
}

const living = new Set<ChildProcess>();
process.once("exit", () => living.forEach((child) => child.kill("SIGKILL")));

/** A running program that answers questions over IPC. Killed with this process at the latest. */
export class Program {
  readonly exited: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #told = new Map<string, unknown>();
  #hear: () => void = () => undefined;
  #lastId = 0;
  #ended = false;

  private constructor(private readonly options: ProgramOptions) {
    const { name, file, env, enter = [], folder } = options;
    const log = openSync(join(folder, `${name}.log`), "a");
    const path = join(__dirname, "../programs", `${file}.js`);
    const [command, ...args] = [...enter, process.execPath, "--expose-gc", path] as const;
    const child = spawn(command, args, {
      env: { ...process.env, MICRO_LOG_LEVEL: "warn", ...env },
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#child = child;
    living.add(child);
    child.on("message", (letter: Letter) => this.#take(letter));
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#end(error.message);
        resolve({ code: null, signal: null });
      });
      child.once("exit", (code, signal) => {
        this.#end(signal ?? `code ${code}`);
        resolve({ code, signal });
      });
    });
  }

  /** Starts it and waits until it says that it is ready. @throws with the end of its log. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options);
    try {
      await program.told("ready", options.readyMs ?? 120_000);
    } catch (error) {
      program.signal("SIGKILL");
      throw error;
    }
    return program;
  }

  get name(): string {
    return this.options.name;
  }

  /** What it tells under that name, now or later. @throws when it ends before, or takes too long. */
  async told(name: string, withinMs: number): Promise<unknown> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#hear();
    }, withinMs);
    try {
      while (!this.#told.has(name)) {
        if (late || this.#ended)
          throw this.#fault(`${late ? "did not tell" : "ended without telling"} ${name}`);
        await new Promise<void>((resolve) => (this.#hear = resolve));
      }
      return this.#told.get(name);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Its answer to a question. @throws what it reports, or when it ends or takes too long. */
  async ask<T>(name: string, value?: unknown, withinMs = 60_000): Promise<T> {
    if (this.#ended) throw this.#fault(`is gone and cannot be asked for ${name}`);
    const id = ++this.#lastId;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      timer = setTimeout(() => reject(this.#fault(`did not answer ${name} in time`)), withinMs);
      this.#child.send({ id, name, value }, () => undefined); // if it is gone, `exited` tells
    });
    try {
      return (await answer) as T;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** Asks it to drain and end. @throws when it does not within `withinMs`, or ends badly. */
  async drain(withinMs = 60_000): Promise<{ readonly cut: number }> {
    this.signal("SIGTERM");
    const drained = (await this.told("drained", withinMs)) as { readonly cut: number };
    const timer = setTimeout(() => this.signal("SIGKILL"), withinMs);
    const { code, signal } = await this.exited;
    clearTimeout(timer);
    if (code !== 0) throw this.#fault(`drained and ended with ${signal ?? `code ${code}`}`);
    return drained;
  }

  #take({ id, name, value, failure }: Letter): void {
    if (id === undefined) {
      this.#told.set(name ?? "", value);
      this.#hear();
    } else if (failure === undefined) this.#waiting.get(id)?.resolve(value);
    else this.#waiting.get(id)?.reject(this.#fault(`answered: ${failure}`));
  }

  #end(how: string): void {
    this.#ended = true;
    living.delete(this.#child);
    this.#hear();
    for (const { reject } of this.#waiting.values()) reject(this.#fault(`ended with ${how}`));
  }

  #fault(what: string): Error {
    const { name, folder } = this.options;
    const log = readFileSync(join(folder, `${name}.log`), "utf8");
    return new Error(`${name} ${what}${log && `; the end of its log:\n${log.slice(-2_000)}`}`);
  }
}
