import type { ProcessHost } from "../../src/base/environment.js";

/** What a process of a virtual world starts with. */
export interface VirtualProcessOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A process that only remembers. */
export class VirtualProcess implements ProcessHost {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
  /** What `exit` was called with, undefined while the process runs. */
  exitCode: number | undefined;
  private listeners: (readonly [string, (signal: string) => void])[] = [];

  constructor({ variables = {}, args = [] }: VirtualProcessOptions = {}) {
    this.variables = variables;
    this.args = args;
  }

  onSignal(signals: readonly string[], listener: (signal: string) => void): () => void {
    const added = signals.map((signal) => [signal, listener] as const);
    this.listeners.push(...added);
    return () => {
      this.listeners = this.listeners.filter((entry) => !added.includes(entry));
    };
  }

  /** Sends the process a signal. False when nobody listens for it. */
  raise(signal: string): boolean {
    const heard = this.listeners.filter(([name]) => name === signal);
    for (const [, listener] of heard) listener(signal);
    return heard.length > 0;
  }

  exit(code: number): void {
    this.exitCode ??= code;
  }

  stats(): { readonly memoryBytes: number; readonly gcMs: number } {
    return { memoryBytes: 1_048_576, gcMs: 0 };
  }
}
