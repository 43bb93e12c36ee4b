import { provisioned } from "../support/provisioned.js";
import { startChild, type Child } from "../support/child.js";
import { eventually } from "../support/real-world.js";

/** Options of a program in Go: `../go/README.md`. */
export interface GoOptions {
  readonly name: string;
  readonly serve: boolean;
  /** Default mucp. */
  readonly protocol?: "mucp" | "grpc";
  readonly registry: "mdns" | "etcd";
  readonly registryAddresses?: readonly string[];
  readonly broker: "http" | "kafka";
  readonly brokerAddresses?: readonly string[];
  readonly subscriptions?: readonly { readonly topic: string; readonly queue: string }[];
}

/** An error as go-micro's client reported it. */
export class GoError extends Error {
  constructor(
    readonly code: number,
    readonly detail: string,
    readonly id: string,
    text: string,
  ) {
    super(text);
  }
}

/** An event that a subscription in Go got. */
export interface GoNote {
  readonly topic: string;
  readonly note: { readonly text?: string; readonly number?: number };
}

/** A change that a watch in Go saw. */
export interface GoChange {
  readonly action: string;
  readonly service: string;
  readonly nodes: readonly string[];
}

interface Line {
  readonly id?: number;
  readonly event?: "ready" | "note" | "watch";
  readonly ok?: unknown;
  readonly error?: {
    readonly id: string;
    readonly code: number;
    readonly detail: string;
    readonly text: string;
  };
}

interface Waiting {
  readonly resolve: (ok: never) => void;
  readonly reject: (error: Error) => void;
}

/** A running program in Go that does as it is told. */
export class GoProgram implements AsyncDisposable {
  readonly notes: GoNote[] = [];
  readonly changes: GoChange[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #child: Child | undefined;
  #asked = 0;
  #ready = false;

  /** Starts the program of a major version and waits until it is ready. */
  static async start(major: string, options: GoOptions): Promise<GoProgram> {
    const path = provisioned().go[major];
    if (path === undefined) throw new Error(`there is no program for go-micro ${major}`);
    const program = new GoProgram();
    const child = await startChild({
      command: [path],
      args: [JSON.stringify(options)],
      onLine: (line) => program.#hear(line),
    });
    program.#child = child;
    void child.exited.then(({ code, signal }) => {
      const error = new Error(`the program ended (${signal ?? code}):\n${child.output()}`);
      for (const { reject } of program.#waiting.values()) reject(error);
      program.#waiting.clear();
    });
    let ended = false;
    void child.exited.then(() => (ended = true));
    await eventually(
      () => {
        if (!program.#ready && !ended) throw new Error(`not ready:\n${child.output()}`);
      },
      { withinMs: 20_000 },
    );
    if (ended) throw new Error(`the program ended at once:\n${child.output()}`);
    return program;
  }

  /** Tells it one thing. @throws GoError with what go-micro's client said. */
  ask<T = unknown>(
    command: { readonly do: string } & Readonly<Record<string, unknown>>,
  ): Promise<T> {
    const id = (this.#asked += 1);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child?.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  /** What it printed last. */
  output(): string {
    return this.#child?.output() ?? "";
  }

  /** Ends it in good order. */
  async quit(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin.end(`${JSON.stringify({ id: 0, do: "quit" })}\n`);
    const timer = setTimeout(() => child.signal("SIGKILL"), 10_000);
    await child.exited;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.quit();
  }

  #hear(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      return; // a log line of a library
    }
    if (line.event === "ready") this.#ready = true;
    if (line.event === "note") this.notes.push(line as unknown as GoNote);
    if (line.event === "watch") this.changes.push(line as unknown as GoChange);
    const waiting = line.id === undefined ? undefined : this.#waiting.get(line.id);
    if (!waiting) return;
    this.#waiting.delete(line.id ?? 0);
    if (line.error) {
      const { code, detail, id, text: said } = line.error;
      waiting.reject(new GoError(code, detail, id, said));
    } else {
      waiting.resolve(line.ok as never);
    }
  }
}
