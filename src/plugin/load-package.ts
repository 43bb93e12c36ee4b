import { NotImplemented } from "../base/errors.js";

/** What a plugin knows of a package that its users install themselves. */
export interface OptionalPackage {
  readonly name: string;
  /** The version that the plugin was tried with. */
  readonly version: string;
  /** What needs it, for the error: `the gRPC server`. */
  readonly neededBy: string;
  /** Something that it exports. */
  readonly exported: string;
}

/**
 * Loads a package that is not a dependency of this one: who does not use the plugin does not get it.
 * `load` imports it. @throws NotImplemented (`plugin.package-missing`) when it is not installed.
 */
export async function loadPackage<Module extends object>(
  load: () => Promise<unknown>,
  { name, version, neededBy, exported }: OptionalPackage,
): Promise<Module> {
  try {
    const loaded = (await load()) as Module & { readonly default?: Module };
    // A CommonJS module seen through `import()` may have its exports under `default` alone.
    return exported in loaded ? loaded : (loaded as { readonly default: Module }).default;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NotImplemented(
      `${neededBy} needs the package ${name}, which is not installed: npm install ${name}@${version}`,
      { reason: "plugin.package-missing", retry: "never", cause },
    );
  }
}
