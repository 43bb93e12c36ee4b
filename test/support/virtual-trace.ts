import type { LogFields } from "../../src/base/logger.js";
import type { VirtualClock } from "./virtual-clock.js";

/** What happened in a virtual world, a line an event: milliseconds since its start, who, what. */
export class VirtualTrace {
  readonly #lines: string[] = [];
  readonly #startedAt: number;

  constructor(private readonly clock: VirtualClock) {
    this.#startedAt = clock.now();
  }

  add(who: string, what: string): void {
    this.#lines.push(`${(this.clock.now() - this.#startedAt).toFixed(3)} ${who} ${what}`);
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/** Length and content of bytes, in few letters (FNV-1a). */
export function digest(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length} bytes #${(hash >>> 0).toString(16)}`;
}

/** Fields of a log line as text, the same on every machine: errors without their stacks. */
export function fieldsText(fields: LogFields | undefined): string {
  if (fields === undefined) return "";
  const seen = new Set<unknown>();
  return ` ${JSON.stringify(fields, (_name, value: unknown) => {
    if (value instanceof Error) return String(value);
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return "(again)";
    seen.add(value);
    return value;
  })}`;
}
