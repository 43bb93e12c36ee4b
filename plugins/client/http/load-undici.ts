import type * as undici from "undici";
import { NotImplemented } from "../../../src/spi.js";

/** The package `undici`. */
export type UndiciModule = Pick<typeof undici, "Pool" | "buildConnector">;

/** The version that this plugin was tried with. */
const version = "7.30.2";

/**
 * Loads the package `undici`, which is not a dependency of this one: who does not call plain HTTP does not get it.
 * @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadUndici(
  load: () => Promise<unknown> = () => import("undici"),
): Promise<UndiciModule> {
  try {
    const loaded = (await load()) as UndiciModule & { readonly default?: UndiciModule };
    // A CommonJS module seen through `import()` may have its exports under `default` alone.
    return "Pool" in loaded ? loaded : (loaded as { readonly default: UndiciModule }).default;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `the HTTP client needs the package undici, which is not installed: npm install undici@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
