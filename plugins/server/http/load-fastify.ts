import type * as fastify from "fastify";
import { NotImplemented } from "../../../src/spi.js";

/** The package `fastify`. */
export type FastifyModule = Pick<typeof fastify, "fastify">;

/** The version that this plugin was tried with. */
const version = "5.12.8";

/**
 * Loads the package `fastify`, which is not a dependency of this one: who does not serve plain HTTP does not get it.
 * @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadFastify(
  load: () => Promise<unknown> = () => import("fastify"),
): Promise<FastifyModule> {
  try {
    const loaded = (await load()) as FastifyModule & { readonly default?: FastifyModule };
    // A CommonJS module seen through `import()` may have its exports under `default` alone.
    return "fastify" in loaded ? loaded : (loaded as { readonly default: FastifyModule }).default;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `the HTTP server needs the package fastify, which is not installed: npm install fastify@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
