import type * as etcd3 from "etcd3";
import { NotImplemented } from "../../../src/spi.js";

/** The package etcd3. */
export type Etcd3Module = typeof etcd3;

/** The version that this plugin was tried with. */
const version = "1.1.2";

/**
 * Loads the package etcd3, which is not a dependency of this one: who does not use etcd does not get it.
 * @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadEtcd3(
  load: () => Promise<unknown> = () => import("etcd3"),
): Promise<Etcd3Module> {
  try {
    const loaded = (await load()) as Etcd3Module & { readonly default?: Etcd3Module };
    // A CommonJS module seen through `import()` may have its exports under `default` alone.
    return "Etcd3" in loaded ? loaded : (loaded as { readonly default: Etcd3Module }).default;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `the etcd registry needs the package etcd3, which is not installed: npm install etcd3@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
