import {
  isPlugin,
  slotNames,
  slotsOf,
  type PluginChoice,
  type SlotChoice,
  type SlotName,
} from "../src/spi.js";
import type { ModuleGraph, ModuleNode } from "./module-graph.js";

type Slots = Partial<Record<SlotName, SlotChoice>>;

const same = (a: SlotChoice, b: SlotChoice): boolean =>
  a.origin === b.origin || (a.choice === b.choice && !isPlugin(a.choice as PluginChoice<unknown>));

/**
 * The app's plugins: a module's own choice wins over those of its imports; two imports that choose
 * differently are a fault, unless the importing module settles it.
 * @throws TypeError that names slot and modules.
 */
export function resolvePlugins(graph: ModuleGraph): Slots {
  const resolved = new Map<ModuleNode, Slots>();
  const resolve = (node: ModuleNode): Slots => {
    const known = resolved.get(node);
    if (known) return known;
    const own = slotsOf(node.options.plugins ?? {}, node.name, node.container);
    const slots: Slots = { ...own };
    for (const name of slotNames) {
      if (own[name]) continue;
      for (const imported of node.imports) {
        const theirs = resolve(imported)[name];
        const before = slots[name];
        if (before && theirs && !same(before, theirs)) {
          throw new TypeError(
            `${node.name} imports ${before.origin} and ${theirs.origin}, which choose different plugins for ${name}; say which in the plugins of ${node.name}`,
          );
        }
        if (theirs) slots[name] ??= theirs;
      }
    }
    resolved.set(node, slots);
    return slots;
  };
  return resolve(graph.root);
}
