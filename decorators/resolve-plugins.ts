import { slotNames, slotsOf, type SlotChoice, type SlotName } from "../src/spi.js";
import type { Faults, ModuleGraph, ModuleNode } from "./module-graph.js";

/** What fills the slots; a slot that nobody has filled is left out. */
export type Slots = Readonly<Partial<Record<SlotName, SlotChoice>>>;

/**
 * The app's plugins: a module's own choice wins over those of its imports; two imports that choose
 * differently are a fault, unless the importing module settles it.
 */
export function resolvePlugins(graph: ModuleGraph, faults: Faults): Slots {
  const resolved = new Map<ModuleNode, Slots>();
  const resolve = (node: ModuleNode): Slots => {
    const known = resolved.get(node);
    if (known) return known;
    const own = slotsOf(node.options.plugins ?? {}, node.name, node.container);
    const slots: Partial<Record<SlotName, SlotChoice>> = { ...own };
    for (const name of slotNames) {
      if (own[name]) continue;
      for (const imported of node.imports) {
        const theirs = resolve(imported)[name];
        const before = slots[name];
        if (before && theirs && before.choice !== theirs.choice)
          faults.add(
            `${node.name} imports ${before.origin} and ${theirs.origin}, which choose different plugins for ${name}; say which in the plugins of ${node.name}`,
          );
        if (theirs) slots[name] ??= theirs;
      }
    }
    resolved.set(node, slots);
    return slots;
  };
  return resolve(graph.root);
}
