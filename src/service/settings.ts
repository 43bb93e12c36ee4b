import type { ProcessHost } from "../base/environment.js";
import { OptionError } from "../base/options.js";
import type { Settings } from "../call/app-options.js";

const prefix = "MICRO_";

/** go-micro's settings, and ours, that are looked at; a flag of another name belongs to the app. */
export const settingNames: readonly string[] = [
  "CLIENT",
  "CLIENT_REQUEST_TIMEOUT",
  "CLIENT_RETRIES",
  "CLIENT_POOL_SIZE",
  "CLIENT_POOL_TTL",
  "CLIENT_DIAL_TIMEOUT",
  "SERVER",
  "SERVER_NAME",
  "SERVER_VERSION",
  "SERVER_ID",
  "SERVER_ADDRESS",
  "SERVER_ADVERTISE",
  "SERVER_METADATA",
  "REGISTER_TTL",
  "REGISTER_INTERVAL",
  "REGISTRY",
  "REGISTRY_ADDRESS",
  "BROKER",
  "BROKER_ADDRESS",
  "SELECTOR",
  "TRANSPORT",
  "TRANSPORT_ADDRESS",
  "TLS_CERT",
  "TLS_KEY",
  "TLS_CA",
  "LOG_LEVEL",
];

/** `--registry_address=a:1`, `--registry-address a:1` and `--registry_address a:1`, by setting name. */
function readFlags(args: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const match = /^--([a-z][a-z_-]*)(?:=(.*))?$/s.exec(args[index]!);
    const name = match?.[1]?.replaceAll("-", "_").toUpperCase();
    if (name === undefined || !settingNames.includes(name)) continue;
    const value = match?.[2] ?? args[++index];
    // What looks like a flag is one; a value of that look is written after "=".
    if (value === undefined || (match?.[2] === undefined && value.startsWith("--")))
      throw new OptionError(`--${name.toLowerCase()} needs a value`);
    flags.set(name, value);
  }
  return flags;
}

const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** Milliseconds of a Go duration, or of a plain number of seconds; undefined for other text. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    ms += Number(number) * units[unit!]!;
  }
  return ms;
}

/** Settings of a process: flags first, then variables. @throws OptionError for a flag without a value. */
export function readSettings({
  variables,
  args,
}: Pick<ProcessHost, "variables" | "args">): Settings & {
  /** Where a setting came from, for the start banner. */
  source(name: string): string | undefined;
} {
  const flags = readFlags(args);
  const text = (name: string): string | undefined =>
    flags.get(name) ?? (variables[prefix + name] || undefined);
  const source = (name: string): string | undefined =>
    flags.has(name)
      ? `--${name.toLowerCase()}`
      : variables[prefix + name]
        ? prefix + name
        : undefined;
  const refuse = (name: string, value: string, rule: string): never => {
    throw new OptionError(`${source(name)} must be ${rule}, got ${JSON.stringify(value)}`);
  };
  return {
    text,
    source,
    number(name, fallback) {
      const value = text(name);
      if (value === undefined) return fallback;
      return /^\d+$/.test(value) ? Number(value) : refuse(name, value, "a whole number");
    },
    duration(name, fallbackMs) {
      const value = text(name);
      if (value === undefined) return fallbackMs;
      return (
        parseDuration(value) ??
        refuse(name, value, "a duration such as 500ms, 5s or 1m30s, or a number of seconds")
      );
    },
  };
}
