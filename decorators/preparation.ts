import { Client, dependenciesOf, type Assembly, type Token } from "../src/spi.js";
import { bindsItself, ownerOf, type Binding, type ModuleNode } from "./module-graph.js";

const needsOf = (binding: Binding): readonly Token<unknown>[] => {
  if (binding.kind === "value") return [];
  if (binding.kind === "factory") return binding.factory.dependencies;
  return dependenciesOf(binding.implementation).flatMap((dependency) =>
    "token" in dependency ? [dependency.token] : [],
  );
};

/** Runs the factories of providers, which may be async, in the order of their needs; each once. */
export class Preparation {
  readonly #prepared = new Map<ModuleNode, Map<Token<unknown>, Promise<void>>>();

  constructor(private readonly assembly: () => Assembly) {}

  /** Resolves when a class of `node` can be given `token`. */
  async ready(token: Token<unknown>, node: ModuleNode): Promise<void> {
    const owner = ownerOf(node, token);
    const part = bindsItself(token) ? Client : token;
    if (owner) await this.#once(token, owner);
    else if (this.assembly().builds(part)) await this.assembly().get(part);
  }

  #once(token: Token<unknown>, owner: ModuleNode): Promise<void> {
    const tokens = this.#prepared.get(owner) ?? new Map<Token<unknown>, Promise<void>>();
    this.#prepared.set(owner, tokens);
    let preparing = tokens.get(token);
    if (!preparing) tokens.set(token, (preparing = this.#prepare(token, owner)));
    return preparing;
  }

  async #prepare(token: Token<unknown>, owner: ModuleNode): Promise<void> {
    const binding = owner.bindings.get(token);
    if (!binding) return;
    for (const need of needsOf(binding)) await this.ready(need, owner);
    if (binding.kind !== "factory") return;
    const values = binding.factory.dependencies.map((need) => owner.container.resolve(need));
    owner.container.bindValue(token, await binding.factory.useFactory(...(values as never[])));
  }
}
