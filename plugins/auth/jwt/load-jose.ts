import type * as jose from "jose";
import { NotImplemented } from "../../../src/spi.js";

/** The package `jose`. */
export type JoseModule = typeof jose;

/** The version that this plugin was tried with. */
const version = "6.2.17";

/**
 * Loads the package `jose`, which is not a dependency of this one: who checks no tokens does not get it.
 * @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadJose(
  load: () => Promise<unknown> = () => import("jose"),
): Promise<JoseModule> {
  try {
    return (await load()) as JoseModule;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `jwtAuth needs the package jose, which is not installed: npm install jose@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
