import type { PluginFromSettings, SlotName } from "../../src/spi.js";

interface PluginModule {
  readonly fromSettings?: unknown;
  readonly default?: { readonly fromSettings?: unknown };
}

/** Folder names are lower-case words; nothing else may become a path. */
const isFolderName = (name: string): boolean => /^[a-z][a-z0-9-]*$/.test(name);

/** `name`, `@scope/name`, and what such a package exports; no path of this machine. */
const isPackageName = (name: string): boolean =>
  /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(\/[\w.~-]+)*$/.test(name);

/**
 * Finds a plugin by name: one of this package's folders, else an installed package of that name.
 * @throws Error that names what was looked for.
 */
export async function findPlugin(
  slot: SlotName,
  name: string,
): Promise<PluginFromSettings<unknown>> {
  const tried: string[] = [];
  if (isFolderName(name)) {
    const folder = `../${slot}/${name}/index.js`;
    const found = await load(folder, tried);
    if (found) return found;
  }
  const found = isPackageName(name) ? await load(name, tried) : undefined;
  if (found) return found;
  throw new Error(
    `no plugin ${JSON.stringify(name)} for ${slot}: neither plugboard/plugins/${slot}/${name} nor an installed package of that name${tried.length > 0 ? ` (${tried.join("; ")})` : ""}`,
  );
}

async function load(
  path: string,
  tried: string[],
): Promise<PluginFromSettings<unknown> | undefined> {
  let loaded: PluginModule;
  try {
    loaded = (await import(path)) as PluginModule;
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") throw error;
    tried.push(message.slice(0, `${message}\n`.indexOf("\n")));
    return undefined;
  }
  const make = makerOf(loaded);
  if (!make)
    throw new Error(`${path} has no export fromSettings that makes a plugin from settings`);
  return make;
}

/** A CommonJS module seen through `import()` may have its exports under `default` alone. */
function makerOf({
  fromSettings,
  default: whole,
}: PluginModule): PluginFromSettings<unknown> | undefined {
  const make: unknown = fromSettings ?? whole?.fromSettings;
  return typeof make === "function" ? (make as PluginFromSettings<unknown>) : undefined;
}
