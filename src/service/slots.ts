import { Broker } from "../broker/broker.js";
import { Client } from "../client/client.js";
import type { Codec } from "../codec/codec.js";
import { Codecs } from "../codec/codecs.js";
import type { PluginChoice } from "../plugin/choice.js";
import type { PluginFromSettings, Token } from "../plugin/plugin.js";
import type { Environment } from "../base/environment.js";
import { Registry } from "../registry/registry.js";
import { Selector } from "../selector/selector.js";
import { Server } from "../server/server.js";
import { Transport } from "../transport/transport.js";
import { Service } from "./service.js";

/** The plugins of an app; every slot may be left out. */
export interface Plugins {
  readonly transport?: PluginChoice<Transport>;
  /** One, or several side by side; chosen per message by content type. */
  readonly codec?: PluginChoice<Codec> | readonly PluginChoice<Codec>[];
  readonly registry?: PluginChoice<Registry>;
  readonly selector?: PluginChoice<Selector>;
  readonly broker?: PluginChoice<Broker>;
  readonly client?: PluginChoice<Client>;
  /** One, or several side by side, each with a port of its own: every handler is served by all. */
  readonly server?: PluginChoice<Server> | readonly PluginChoice<Server>[];
  readonly service?: PluginChoice<Service>;
}

/** Name of a slot. */
export type SlotName = keyof Plugins;

/** The slots with what fills them, in go-micro's order. */
export const slotTokens: Readonly<Record<SlotName, Token<unknown>>> = {
  transport: Transport,
  codec: Codecs,
  registry: Registry,
  selector: Selector,
  broker: Broker,
  client: Client,
  server: Server,
  service: Service,
};

/** The slots' names. */
export const slotNames = Object.keys(slotTokens) as readonly SlotName[];

/** What the assembly falls back to: default plugins, the real world, and plugins by name. */
export interface Standard {
  readonly plugins: Plugins;
  readonly environment: () => Environment;
  /** Finds a plugin by name for `MICRO_<SLOT>=name`. @throws Error that says what could be meant. */
  readonly find: (slot: SlotName, name: string) => Promise<PluginFromSettings<unknown>>;
}
