import type { ErrorClass, FactoryChoice, Interceptor } from "../src/index.js";
import { describeClient, topicOf, type Class, type Container, type Token } from "../src/spi.js";
import { moduleOptions } from "./metadata.js";
import type { ModuleOptions, Provider } from "./module.js";

/** How one token is provided inside a module. */
export type Binding =
  | { readonly kind: "class"; readonly implementation: Class }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "factory"; readonly factory: FactoryChoice<unknown> };

/** A module with its place in the graph. */
export interface ModuleNode {
  readonly Class: Class;
  readonly name: string;
  readonly options: ModuleOptions;
  readonly imports: readonly ModuleNode[];
  /** Everything provided here, services included. */
  readonly bindings: ReadonlyMap<Token<unknown>, Binding>;
  readonly container: Container;
}

/** All modules of an app, imported ones before importing ones. */
export interface ModuleGraph {
  readonly root: ModuleNode;
  readonly modules: readonly ModuleNode[];
}

function bindingOf(provider: Provider, moduleName: string): readonly [Token<unknown>, Binding] {
  if (typeof provider === "function")
    return [provider, { kind: "class", implementation: provider }];
  if (
    provider === null ||
    typeof provider !== "object" ||
    !("provide" in provider) ||
    !provider.provide
  ) {
    throw new TypeError(
      `${moduleName}: a provider must be a class or { provide, useClass | useValue | useFactory }; an undefined one often comes from a circular import`,
    );
  }
  if ("useClass" in provider)
    return [provider.provide, { kind: "class", implementation: provider.useClass }];
  if ("useFactory" in provider)
    return [provider.provide, { kind: "factory", factory: provider.useFactory }];
  return [provider.provide, { kind: "value", value: provider.useValue }];
}

/** Reads the modules reachable from `Root`. @throws TypeError for undecorated modules and circular imports, with the path. */
export function readModules(Root: Class, rootContainer: Container): ModuleGraph {
  const nodes = new Map<Class, ModuleNode>();
  const visit = (Class: Class, path: readonly string[]): ModuleNode => {
    const importer = path.at(-1);
    if (typeof Class !== "function") {
      throw new TypeError(
        `${importer ?? "the app"} imports ${String(Class)}: check for a circular import between the files`,
      );
    }
    if (path.includes(Class.name)) {
      throw new TypeError(
        `modules import each other in a circle: ${[...path, Class.name].join(" -> ")}`,
      );
    }
    const known = nodes.get(Class);
    if (known) return known;
    const options = moduleOptions(Class);
    if (!options) {
      throw new TypeError(
        `${[...path, Class.name].join(" -> ")}: ${Class.name} has no @Module(); a service belongs into \`services\``,
      );
    }
    const imports = (options.imports ?? []).map((Imported) =>
      visit(Imported, [...path, Class.name]),
    );
    const bindings = new Map<Token<unknown>, Binding>();
    for (const Service of options.services ?? [])
      bindings.set(Service, { kind: "class", implementation: Service });
    for (const provider of options.providers ?? [])
      bindings.set(...bindingOf(provider, Class.name));
    const node = {
      Class,
      name: Class.name,
      options,
      imports,
      bindings,
      container: rootContainer.child(),
    };
    nodes.set(Class, node);
    return node;
  };
  return { root: visit(Root, []), modules: [...nodes.values()] };
}

/** Tokens that a module's importers may inject: its exports, and those of modules that it exports. */
export function exportsOf(node: ModuleNode): readonly (readonly [Token<unknown>, ModuleNode])[] {
  const exported: (readonly [Token<unknown>, ModuleNode])[] = [];
  for (const token of node.options.exports ?? []) {
    const again = node.imports.find((imported) => imported.Class === token);
    if (again) exported.push(...exportsOf(again));
    else exported.push([token, node]);
  }
  return exported;
}

/** The module in which `token` is provided for classes of `node`: itself, or an import that exports it. */
export function ownerOf(node: ModuleNode, token: Token<unknown>): ModuleNode | undefined {
  if (node.bindings.has(token)) return node;
  for (const imported of node.imports) {
    for (const [exported, owner] of exportsOf(imported)) {
      if (exported !== token) continue;
      return owner.bindings.has(token) ? owner : ownerOf(owner, token);
    }
  }
  return undefined;
}

/** Tokens that need no provider: client and publisher classes. */
export const bindsItself = (token: Token<unknown>): boolean =>
  describeClient(token) !== undefined || topicOf(token) !== undefined;

/** All interceptors of a kind, importing modules first, so theirs are outermost. */
export const interceptorsOfKind = (
  graph: ModuleGraph,
  kind: "interceptors" | "clientInterceptors",
): readonly Interceptor[] => graph.modules.toReversed().flatMap((node) => node.options[kind] ?? []);

/** Error classes of all modules. */
export const errorsOf = (graph: ModuleGraph): readonly ErrorClass[] =>
  graph.modules.flatMap((node) => node.options.errors ?? []);
