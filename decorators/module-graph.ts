import type { ErrorClass, FactoryChoice, Interceptor } from "../src/index.js";
import {
  describeClient,
  notThereYet,
  topicOf,
  type Class,
  type Container,
  type Token,
} from "../src/spi.js";
import { moduleOptions, serviceInfo } from "./metadata.js";
import type { ModuleOptions, Provider } from "./module-options.js";

/** How one token is provided inside a module. */
export type Binding =
  | { readonly kind: "class"; readonly implementation: Class }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "factory"; readonly factory: FactoryChoice<unknown> };

/** A module with its place in the graph. */
export interface ModuleNode {
  readonly name: string;
  readonly Class: Class;
  readonly options: ModuleOptions;
  readonly imports: readonly ModuleNode[];
  /** The classes with `@Service` among its services. */
  readonly services: readonly Class[];
  /** Everything provided here, services included. */
  readonly bindings: ReadonlyMap<Token<unknown>, Binding>;
  readonly container: Container;
}

/** All modules of an app, imported ones before importing ones. */
export interface ModuleGraph {
  readonly root: ModuleNode;
  readonly modules: readonly ModuleNode[];
}

/** What keeps an app from starting, each with its path; gathered, to be reported at once. */
export type Faults = Set<string>;

/** Reads the modules reachable from `Root`; leaves out, and notes, what cannot be read. */
export function readModules(Root: Class, rootContainer: Container, faults: Faults): ModuleGraph {
  const nodes = new Map<Class, ModuleNode>();
  const visit = (Class: Class, path: readonly Class[]): ModuleNode | undefined => {
    const known = nodes.get(Class);
    if (known) return known;
    const way = [...path, Class].map((step) => nameOf(step)).join(" -> ");
    if (typeof Class !== "function") {
      faults.add(`${way}: ${Class === undefined ? notThereYet : "a module is a class"}`);
      return undefined;
    }
    if (path.includes(Class)) {
      faults.add(`${way}: modules import each other in a circle`);
      return undefined;
    }
    const options = moduleOptions(Class);
    if (!options) {
      faults.add(
        serviceInfo(Class)
          ? `${way}: a service is not imported; list it in \`services\``
          : `${way}: ${Class.name} has no @Module()`,
      );
      return undefined;
    }
    const imports = (options.imports ?? []).flatMap((part) => visit(part, [...path, Class]) ?? []);
    const node = {
      name: Class.name,
      Class,
      options,
      imports,
      ...readProviders(Class.name, options, faults),
      container: rootContainer.child(),
    };
    nodes.set(Class, node);
    return node;
  };
  const root = visit(Root, []) ?? emptyNode(Root, rootContainer);
  return { root, modules: [...nodes.values()] };
}

const nameOf = (Class: Class | undefined): string =>
  typeof Class === "function" ? Class.name : String(Class);

const emptyNode = (Class: Class, container: Container): ModuleNode => ({
  name: nameOf(Class),
  Class,
  options: {},
  imports: [],
  services: [],
  bindings: new Map(),
  container: container.child(),
});

function readProviders(
  name: string,
  { services = [], providers = [] }: ModuleOptions,
  faults: Faults,
): Pick<ModuleNode, "services" | "bindings"> {
  const bindings = new Map<Token<unknown>, Binding>();
  const decorated = services.filter((Service, index) => {
    if (Service === undefined) faults.add(`${name}.services[${index}]: ${notThereYet}`);
    else if (serviceInfo(Service)) return true;
    else
      faults.add(
        `${name}.services: ${Service.name} has no @Service(); a helper belongs into \`providers\``,
      );
    return false;
  });
  for (const Service of decorated)
    bindings.set(Service, { kind: "class", implementation: Service });
  for (const [index, provider] of providers.entries()) {
    const [token, binding] = bindingOf(provider);
    if (token && binding) bindings.set(token, binding);
    else if (token || provider === undefined)
      faults.add(`${name}.providers[${index}]: ${notThereYet}`);
    else
      faults.add(
        `${name}.providers[${index}]: must be a class or { provide, useClass | useValue | useFactory } with a class as \`provide\``,
      );
  }
  return { services: decorated, bindings };
}

function bindingOf(
  provider: Partial<Exclude<Provider, Class>> | Class | null | undefined,
): readonly [Token<unknown>?, Binding?] {
  if (typeof provider === "function")
    return [provider, { kind: "class", implementation: provider }];
  if (typeof provider !== "object" || typeof provider?.provide !== "function") return [];
  const { provide } = provider;
  if ("useClass" in provider) {
    const { useClass } = provider;
    return [provide, useClass && { kind: "class", implementation: useClass }];
  }
  if ("useFactory" in provider) {
    const { useFactory } = provider;
    return [provide, useFactory && { kind: "factory", factory: useFactory }];
  }
  return "useValue" in provider ? [provide, { kind: "value", value: provider.useValue }] : [];
}

/** Tokens that a module's importers may inject, each with the module that exports it first-hand. */
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
    for (const [exported, exporter] of exportsOf(imported)) {
      const owner = exported === token ? ownerOf(exporter, token) : undefined;
      if (owner) return owner;
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
