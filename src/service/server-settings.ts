import { OptionError } from "../base/options.js";
import type { AppOptions, Settings } from "../call/app-options.js";

/** Settings that list something for each of several servers, in their order. */
const listed: ReadonlySet<string> = new Set(["SERVER_ADDRESS", "SERVER_ADVERTISE"]);

const parts = (text: string | undefined): string[] =>
  text?.split(",").map((part) => part.trim()) ?? [];

/**
 * What an app is made with, as server `index` of `count` sees it: of `MICRO_SERVER_ADDRESS` and
 * `MICRO_SERVER_ADVERTISE` its own part (one that is left out or empty is not set), and with a node id
 * of its own. @throws OptionError for more addresses than servers.
 */
export function appOfServer(app: AppOptions, index: number, count: number): AppOptions {
  const { settings } = app;
  for (const name of listed) {
    const { length } = parts(settings.text(name));
    if (length > count)
      throw new OptionError(`MICRO_${name} lists ${length} addresses for ${count} servers`);
  }
  const text = (name: string): string | undefined => {
    const whole = settings.text(name);
    if (listed.has(name)) return parts(whole)[index] || undefined;
    return name === "SERVER_ID" && whole !== undefined && index > 0
      ? `${whole}-${index + 1}`
      : whole;
  };
  const own: Settings = {
    text,
    number: (name, fallback) => settings.number(name, fallback),
    duration: (name, fallbackMs) => settings.duration(name, fallbackMs),
  };
  return {
    name: app.name,
    settings: own,
    errors: app.errors,
    clientInterceptors: app.clientInterceptors,
    serverInterceptors: app.serverInterceptors,
    subscriberInterceptors: app.subscriberInterceptors,
  };
}
