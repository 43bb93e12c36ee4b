import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startChild, type Child } from "../support/child.js";
import { scratchDirectory } from "../support/scratch.js";
import type { ConsumerTask } from "./consumer-child.js";

/** What consumers in processes of their own have handled, living or dead: `topic body`, in order. */
export class ConsumerFleet implements AsyncDisposable {
  readonly #scratch = scratchDirectory();
  readonly #files: string[] = [];
  readonly #consumers: Child[] = [];

  /** Starts one more and waits until it has subscribed. */
  async add(task: Omit<ConsumerTask, "file">): Promise<Child> {
    const file = join(this.#scratch.path, `consumer-${this.#files.length}`);
    this.#files.push(file);
    const consumer = await startChild({
      command: [process.execPath, "--import", "tsx", join(__dirname, "consumer-child.ts")],
      args: [JSON.stringify({ ...task, file } satisfies ConsumerTask)],
      ready: (output) => output.includes("ready\n"),
      readyMs: 60_000,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  /** One list a consumer. */
  handled(): string[][] {
    return this.#files.map((file) =>
      existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.kill("SIGKILL")));
    this.#scratch.remove();
  }
}
