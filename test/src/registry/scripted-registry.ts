import type {
  Registry,
  RegistryEvent,
  RegistryWatcher,
  ServiceRecord,
} from "../../../src/registry/registry.js";
import { Unavailable } from "../../../src/base/errors.js";

/** A watch that the test feeds. */
export class ScriptedWatcher implements RegistryWatcher {
  readonly #events: RegistryEvent[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  closed = false;

  tell(action: RegistryEvent["action"], service: ServiceRecord): void {
    this.#events.push({ action, service });
    this.#wake?.();
  }

  lose(failure: Error): void {
    this.#failure = failure;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RegistryEvent, void> {
    while (!this.closed) {
      const event = this.#events.shift();
      if (event) yield event;
      else if (this.#failure) throw this.#failure;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** A registry whose every answer is the test's. */
export class ScriptedRegistry implements Registry {
  readonly name = "scripted";
  /** Names looked up, in order. */
  readonly lookups: string[] = [];
  /** Watches asked for, in order. */
  readonly watchers: ScriptedWatcher[] = [];
  /** Answers a lookup; by default from `records`. */
  answer: (name: string, signal?: AbortSignal) => Promise<readonly ServiceRecord[]> = async (
    name,
  ) => this.records.filter((record) => record.name === name);
  records: readonly ServiceRecord[] = [];
  /** Thrown by `watch` while set. */
  watchFailure: Error | undefined = undefined;

  async getService(
    name: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly ServiceRecord[]> {
    this.lookups.push(name);
    return this.answer(name, signal);
  }

  async watch(): Promise<RegistryWatcher> {
    const watcher = new ScriptedWatcher();
    this.watchers.push(watcher);
    if (this.watchFailure) throw this.watchFailure;
    return watcher;
  }

  /** Fails every lookup from now on. */
  fail(): void {
    this.answer = async () => {
      throw new Unavailable("down", { reason: "registry.unreachable" });
    };
  }

  async register(): Promise<void> {}
  async deregister(): Promise<void> {}
  async listServices(): Promise<readonly string[]> {
    return [];
  }
  async close(): Promise<void> {}
}

/** A record of `greeter` with nodes of these ids. */
export const greeter = (ids: readonly string[], version = "1.0.0"): ServiceRecord => ({
  name: "greeter",
  version,
  metadata: {},
  endpoints: [],
  nodes: ids.map((id) => ({ id, address: `127.0.0.1:${8_000 + id.length}`, metadata: {} })),
});

/** Ids of all nodes, in order. */
export const idsOf = (records: readonly ServiceRecord[]): string[] =>
  records.flatMap(({ nodes }) => nodes.map(({ id }) => id));
