import { OptionError } from "../base/options.js";
import type { Settings } from "../call/app-options.js";
import { Codec } from "../codec/codec.js";
import { isPlugin } from "../plugin/choice.js";
import type { Plugin } from "../plugin/plugin.js";
import type { Container } from "../plugin/container.js";
import type { SlotChoice } from "./assembly.js";
import { slotNames, slotTokens, type Plugins, type SlotName, type Standard } from "./slots.js";

/** Slots whose setting `_ADDRESS` is their plugin's; a server's is where it listens. */
const addressed: ReadonlySet<SlotName> = new Set<SlotName>(["registry", "broker", "transport"]);

/** Fills every slot: the environment's word first, then the app's, then the defaults. @throws OptionError for an address of nothing, and for a plugin of another slot. */
export async function chooseSlots(
  chosen: Readonly<Partial<Record<SlotName, SlotChoice>>>,
  standard: Standard,
  settings: Settings & { source(name: string): string | undefined },
  root: Container,
): Promise<Readonly<Partial<Record<SlotName, SlotChoice>>>> {
  const slots: Partial<Record<SlotName, SlotChoice>> = {};
  for (const slot of slotNames) {
    const setting = slot.toUpperCase();
    const fallback = standard.plugins[slot];
    const address = settings.text(`${setting}_ADDRESS`);
    // An address alone is meant for the default plugin, as in go-micro.
    const implied =
      addressed.has(slot) && address !== undefined && !chosen[slot] && isPlugin(fallback)
        ? fallback.name
        : undefined;
    const name = settings.text(setting) ?? implied;
    if (name !== undefined) {
      const addresses = (address ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
      const origin =
        settings.text(setting) === undefined
          ? `${settings.source(`${setting}_ADDRESS`)}=${address}`
          : `${settings.source(setting)}=${name}`;
      const wanted = slot === "codec" ? Codec : slotTokens[slot];
      const choices: Plugin<unknown>[] = [];
      for (const each of namesIn(slot, name)) {
        const choice = await byName(slot, each, addresses, standard);
        if (choice.token.name !== wanted.name)
          throw new OptionError(
            `${origin}: ${each} is a plugin for ${choice.token.name}, not for ${wanted.name}`,
          );
        choices.push(choice);
      }
      const [only] = choices;
      slots[slot] = {
        choice: only && choices.length === 1 ? only : choices,
        origin,
        container: root,
      };
    } else if (addressed.has(slot) && address !== undefined) {
      throw new OptionError(
        `${settings.source(`${setting}_ADDRESS`)} needs MICRO_${setting}, which says whose address it is`,
      );
    } else if (chosen[slot]) {
      slots[slot] = chosen[slot];
    } else if (fallback) {
      slots[slot] = { choice: fallback, origin: "default", container: root };
    }
  }
  return slots;
}

/** `MICRO_SERVER=mucp,grpc` names several; of the other slots' plugins one is named. */
const namesIn = (slot: SlotName, names: string): string[] =>
  slot === "server"
    ? names
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean)
    : [names];

/** A plugin by its name. The default client and server have no folder to be found in. */
async function byName(
  slot: SlotName,
  name: string,
  addresses: readonly string[],
  standard: Standard,
): Promise<Plugin<unknown>> {
  const fallback = standard.plugins[slot];
  if ((slot === "client" || slot === "server") && isPlugin(fallback) && fallback.name === name)
    return fallback;
  const fromSettings = await standard.find(slot, name);
  return fromSettings({ addresses });
}

/** Slots that one place has filled. */
export function slotsOf(
  plugins: Plugins,
  origin: string,
  container: Container,
): Partial<Record<SlotName, SlotChoice>> {
  const slots: Partial<Record<SlotName, SlotChoice>> = {};
  for (const slot of slotNames) {
    const choice = plugins[slot];
    if (choice !== undefined) slots[slot] = { choice, origin, container };
  }
  return slots;
}
