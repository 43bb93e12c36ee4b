import { dependenciesOf, type Class, type Token } from "../src/spi.js";
import { isInjectable, serviceInfo } from "./metadata.js";
import {
  bindsItself,
  exportsOf,
  ownerOf,
  type ModuleGraph,
  type ModuleNode,
} from "./module-graph.js";

/** Tells whether the assembly makes a token by itself: the contracts and the engine's own parts. */
export type BuiltIn = (token: Token<unknown>) => boolean;

/** What the walk over the graph has found. */
export interface GraphFacts {
  /** True when something can observe the ambient context. */
  readonly observes: boolean;
}

/**
 * Checks that every class can be made, before any is. All faults are reported at once, each with its
 * path, such as `Web -> Clock: no provider`.
 * @throws AggregateError-like TypeError listing the faults.
 */
export function validateGraph(graph: ModuleGraph, builtIn: BuiltIn): GraphFacts {
  const faults = new Set<string>();
  let observes = false;
  const done = new Map<ModuleNode, Set<Token<unknown>>>();

  const visit = (token: Token<unknown>, node: ModuleNode, path: readonly string[]): void => {
    const steps = [...path, token.name || String(token)];
    const line = steps.join(" -> ");
    if (path.includes(token.name)) {
      faults.add(
        `${line}: they need each other in a circle; give one of them a third class to share`,
      );
      return;
    }
    if (bindsItself(token)) {
      observes = true;
      return;
    }
    if (builtIn(token)) {
      observes ||= token.name === "Ambient" || token.name === "Client" || token.name === "Service";
      return;
    }
    const owner = ownerOf(node, token);
    if (!owner) {
      faults.add(`${line}: ${missing(token, graph, node)}`);
      return;
    }
    const seen = done.get(owner) ?? new Set();
    done.set(owner, seen);
    if (seen.has(token)) return;
    const binding = owner.bindings.get(token)!;
    if (binding.kind === "factory") {
      for (const dependency of binding.factory.dependencies) visit(dependency, owner, steps);
    } else if (binding.kind === "class") {
      visitClass(binding.implementation, owner, steps);
    }
    seen.add(token);
  };

  const visitClass = (Class: Class, node: ModuleNode, path: readonly string[]): void => {
    for (const dependency of dependenciesOf(Class)) {
      if ("token" in dependency) {
        visit(dependency.token, node, path);
        continue;
      }
      const parameter = `constructor parameter ${dependency.index + 1}`;
      faults.add(
        dependency.missing === "not-a-class"
          ? `${path.join(" -> ")}: ${parameter} is typed by something that does not exist at run time (an interface, a type, or an \`import type\`); type it by a class, or add @Inject(Token)`
          : isInjectable(Class)
            ? `${path.join(" -> ")}: ${parameter} has no type at run time; turn emitDecoratorMetadata on, add @Inject(Token), or use a field with inject(Token)`
            : `${path.join(" -> ")}: ${Class.name} is not decorated; add @Injectable() to it`,
      );
    }
  };

  for (const node of graph.modules) {
    for (const Service of node.options.services ?? []) {
      if (!serviceInfo(Service)) {
        faults.add(
          `${node.name}: ${Service.name} stands in \`services\` and has no @Service(); a helper belongs into \`providers\``,
        );
      }
    }
    for (const token of node.bindings.keys()) visit(token, node, []);
    for (const [token, owner] of exportsOf(node)) {
      if (!ownerOf(owner, token) && !bindsItself(token))
        faults.add(`${owner.name} exports ${token.name} and does not provide it`);
    }
  }
  if (faults.size > 0) throw new TypeError(`the app cannot start:\n  ${[...faults].join("\n  ")}`);
  return { observes };
}

function missing(token: Token<unknown>, graph: ModuleGraph, node: ModuleNode): string {
  const hiding = graph.modules.find((other) => other.bindings.has(token));
  if (hiding) {
    return node.imports.includes(hiding)
      ? `private to ${hiding.name}; add it to the exports of ${hiding.name}`
      : `${hiding.name} provides it; import ${hiding.name} into ${node.name}, and export it there`;
  }
  return `no provider; add ${token.name} to the providers of ${node.name}${nearest(token.name, graph)}`;
}

/** `, or did you mean X?` for a provider of nearly the same name. */
function nearest(name: string, graph: ModuleGraph): string {
  const simple = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const wanted = simple(name);
  for (const node of graph.modules) {
    for (const token of node.bindings.keys()) {
      const other = simple(token.name);
      if (other !== wanted && (other.includes(wanted) || wanted.includes(other)))
        return `, or did you mean ${token.name}?`;
    }
  }
  return "";
}
