/** Child processes that answer requests over IPC. None outlives this process. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const all = new Set();
const killAll = () => {
  for (const child of all) child.kill();
};
process.on("exit", killAll);
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])
  process.on(signal, () => process.exit(status));

export class Child {
  #waiting = new Map();
  #lastId = 0;
  #process;

  /** @param file URL of the program */
  constructor(file, { env = {}, execArgv = [] } = {}) {
    this.#process = fork(fileURLToPath(file), {
      execArgv,
      env: { ...process.env, MICRO_LOG_LEVEL: "warn", ...env },
    });
    all.add(this);
    this.#process
      .on("message", ({ id, value, failure }) => {
        const { resolve, reject } = this.#waiting.get(id) ?? {};
        this.#waiting.delete(id);
        if (failure === undefined) resolve?.(value);
        else reject?.(new Error(failure));
      })
      .on("exit", (code, signal) => {
        all.delete(this);
        const gone = new Error(`the process ended with ${signal ?? `status ${code}`}`);
        for (const { reject } of this.#waiting.values()) reject(gone);
        this.#waiting.clear();
        this.gone = gone;
      });
  }

  get pid() {
    return this.#process.pid;
  }

  /** The answer to a request. @throws what the process reports, when it ends, or after `withinMs`. */
  request(name, value, withinMs = 30_000) {
    if (this.gone) return Promise.reject(this.gone);
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const settle = (settled) => (result) => {
        clearTimeout(timer);
        settled(result);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no answer to ${name} within ${withinMs / 1_000} s`));
      }, withinMs);
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#process.send({ id, name, value }, () => {});
    });
  }

  /** Lets the process end by itself, and ends it if it does not. */
  async end() {
    await this.request("end", undefined, 3_000).catch(() => {});
    this.kill();
  }

  kill() {
    all.delete(this);
    this.#process.kill("SIGKILL");
  }
}
