import type { Environment } from "../base/environment.js";
import { Ambient } from "../call/ambient.js";
import { AppOptions } from "../call/app-options.js";
import type { Codec } from "../codec/codec.js";
import { Client } from "../client/client.js";
import { Codecs } from "../codec/codecs.js";
import { choiceName, isPlugin, type PluginChoice } from "../plugin/choice.js";
import { dependenciesOf, type Class, type Container } from "../plugin/container.js";
import type { Token } from "../plugin/plugin.js";
import { RegistryCache } from "../registry/registry-cache.js";
import { Registry } from "../registry/registry.js";
import { Server } from "../server/server.js";
import { SeveralServers } from "../server/several-servers.js";
import { appOfServer } from "./server-settings.js";
import { Service } from "./service.js";
import { slotNames, slotTokens, type SlotName } from "./slots.js";

/** What fills one slot, and who said so. */
export interface SlotChoice {
  readonly choice: PluginChoice<unknown> | readonly PluginChoice<unknown>[];
  /** `default`, a module's name, or the setting: for the banner and for errors. */
  readonly origin: string;
  /** The container that the choice's own dependencies come from. */
  readonly container: Container;
}

/** What an assembly is made from. */
export interface AssemblyOptions {
  readonly environment: Environment;
  readonly app: AppOptions;
  readonly root: Container;
  readonly slots: Readonly<Partial<Record<SlotName, SlotChoice>>>;
  /** Makes ready what a provider needs that is not a contract (async providers). */
  readonly prepare?: (token: Token<unknown>, container: Container) => Promise<void>;
}

/** How the contracts call their end. */
interface Endable {
  stop?(): Promise<unknown>;
  disconnect?(): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** Whoever holds one of these can see the context around a call. */
const showContext: ReadonlySet<Token<unknown>> = new Set<Token<unknown>>([
  Ambient,
  Client,
  Service,
]);

/** The plugins that a slot's choice lists: one, or several codecs or servers. */
export const choicesOf = ({ choice }: SlotChoice): readonly PluginChoice<unknown>[] =>
  Array.isArray(choice)
    ? (choice as readonly PluginChoice<unknown>[])
    : [choice as PluginChoice<unknown>];

/** Builds the parts of an app, each once, in the order of their needs. */
export class Assembly {
  readonly ambient = new Ambient();
  readonly #parts = new Map<Token<unknown>, Promise<unknown>>();
  /** What factories have made is called by its own name. */
  readonly #namesOfMade = new Map<PluginChoice<unknown>, string>();
  /** What its plugins made, in the order of making. */
  readonly #built: unknown[] = [];
  readonly #slotOf = new Map<Token<unknown>, SlotName>(
    slotNames.map((name) => [slotTokens[name], name]),
  );

  constructor(private readonly options: AssemblyOptions) {
    for (const token of [...Object.values(slotTokens), RegistryCache])
      options.root.bindLater(
        token,
        "it is made by a plugin that has not been built yet; ask for it in the constructor, or among a factory's dependencies",
      );
    this.#put(Ambient, this.ambient);
    this.#put(AppOptions, options.app);
  }

  #put(token: Token<unknown>, value: unknown): void {
    this.#parts.set(token, Promise.resolve(value));
    this.#bind(token, value);
  }

  /** Injectable from now on. Before anybody gets what shows the context, the context is kept. */
  #bind(token: Token<unknown>, value: unknown): void {
    this.options.root.bindFactory(token, () => {
      if (showContext.has(token)) this.ambient.observe();
      return value;
    });
  }

  /** True for the tokens that this assembly builds. */
  builds(token: Token<unknown>): boolean {
    return this.#slotOf.has(token) || token === RegistryCache || this.#parts.has(token);
  }

  /** The part behind a token, built on first demand. @throws what its plugin throws, and Error for cycles and empty slots. */
  get<T>(token: Token<T>, path: readonly string[] = []): Promise<T> {
    const name = token.name;
    if (path.includes(name)) {
      return Promise.reject(
        new Error(`plugins need each other in a circle: ${[...path, name].join(" -> ")}`),
      );
    }
    let part = this.#parts.get(token);
    if (!part) {
      part = this.#build(token as Token<unknown>, [...path, name]).then((value) => {
        if (token !== Service) this.#built.push(value);
        this.#bind(token, value);
        return value;
      });
      this.#parts.set(token, part);
    }
    return part as Promise<T>;
  }

  async #build(token: Token<unknown>, path: readonly string[]): Promise<unknown> {
    const { environment, slots } = this.options;
    if (token === RegistryCache)
      return new RegistryCache(await this.get(Registry, path), environment);
    const slot = this.#slotOf.get(token);
    const filled = slot && slots[slot];
    if (!filled)
      throw new Error(`no ${token.name}: add plugins.${slot ?? token.name.toLowerCase()}`);
    if (token === Server) return this.#servers(filled, path);
    if (token !== Codecs) return this.#choose(filled.choice as PluginChoice<unknown>, filled, path);
    const codecs: Codec[] = [];
    for (const choice of choicesOf(filled))
      codecs.push((await this.#choose(choice, filled, path)) as Codec);
    return new Codecs(codecs);
  }

  async #servers(filled: SlotChoice, path: readonly string[]): Promise<unknown> {
    const choices = choicesOf(filled);
    const [only, second] = choices;
    if (only && !second) return this.#choose(only, filled, path);
    const servers: Server[] = [];
    for (const [index, choice] of choices.entries()) {
      const app = appOfServer(this.options.app, index, choices.length);
      servers.push((await this.#choose(choice, filled, path, app)) as Server);
    }
    return new SeveralServers(servers);
  }

  async #choose(
    choice: PluginChoice<unknown>,
    { container, origin }: SlotChoice,
    path: readonly string[],
    app?: AppOptions,
  ): Promise<unknown> {
    if (typeof choice === "function") {
      for (const dependency of dependenciesOf(choice)) {
        if ("missing" in dependency) {
          throw new Error(
            `${choice.name} (plugin of ${origin}): constructor parameter ${dependency.index + 1} has no token; decorate the class with @Injectable(), or the parameter with @Inject(Token)`,
          );
        }
        await this.#ready(dependency.token, container, path);
      }
      const made = container.child();
      made.bindClass(choice as Token<object>, choice as Class);
      return made.resolve(choice as Token<object>);
    }
    if (isPlugin(choice)) {
      const needs = [];
      for (const need of choice.needs)
        needs.push(app && need === AppOptions ? app : await this.get(need, path));
      return choice.create(this.options.environment, ...needs);
    }
    if ("useValue" in choice) return choice.useValue;
    const dependencies: unknown[] = [];
    for (const token of choice.dependencies) {
      await this.#ready(token, container, path);
      dependencies.push(container.resolve(token));
    }
    const made: unknown = await choice.useFactory(...(dependencies as never[]));
    this.#namesOfMade.set(choice, choiceName(isPlugin(made) ? made : { useValue: made }));
    return isPlugin(made)
      ? this.#choose(made, { choice: made, container, origin }, path, app)
      : made;
  }

  async #ready(
    token: Token<unknown>,
    container: Container,
    path: readonly string[],
  ): Promise<void> {
    if (this.builds(token)) await this.get(token, path);
    else await this.options.prepare?.(token, container);
  }

  /** Ends what has been built, last first: for a start that failed before there was a service to stop. */
  async close(): Promise<void> {
    for (const part of this.#built.splice(0).reverse() as Endable[]) {
      try {
        await (part.stop?.() ?? part.disconnect?.() ?? part.close?.());
      } catch (error) {
        this.options.environment.logger.error("closing after a failed start failed too", { error });
      }
    }
  }

  /** `registry mdns (default), ...`: which plugin each slot got, and why. */
  describe(): Readonly<Record<string, string>> {
    const lines: Record<string, string> = {};
    for (const slot of slotNames) {
      const filled = this.options.slots[slot];
      if (!filled) continue;
      lines[slot] = `${choicesOf(filled)
        .map((choice) => this.#namesOfMade.get(choice) ?? choiceName(choice))
        .join("+")} (${filled.origin})`;
    }
    return lines;
  }
}
