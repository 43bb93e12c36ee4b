import {
  AppOptions,
  Ambient,
  choicesOf,
  circular,
  Client,
  dependenciesOf,
  isPlugin,
  notThereYet,
  Registry,
  RegistryCache,
  slotNames,
  slotTokens,
  type Class,
  type Plugin,
  type PluginChoice,
  type SlotChoice,
  type Token,
} from "../src/spi.js";
import { isInjectable } from "./metadata.js";
import { missingProvider } from "./missing-provider.js";
import {
  bindsItself,
  exportsOf,
  ownerOf,
  type Binding,
  type Faults,
  type ModuleGraph,
  type ModuleNode,
} from "./module-graph.js";
import type { Slots } from "./resolve-plugins.js";

/** A token on the way from the class that needs it, in the view of a module. */
interface Step {
  readonly token: Token<unknown>;
  /** Where it is made: a module, or the app itself. */
  readonly owner: ModuleNode | undefined;
}

/** Checks that every class and every plugin can be made, before any is. */
export function validateGraph(graph: ModuleGraph, slots: Slots, faults: Faults): void {
  const validation = new Validation(graph, slots, faults);
  for (const slot of slotNames) validation.visit(slotTokens[slot], graph.root, []);
  for (const node of graph.modules) {
    for (const token of node.bindings.keys()) validation.visit(token, node, []);
    validation.checkExports(node);
  }
}

class Validation {
  readonly #done = new Map<ModuleNode | undefined, Set<Token<unknown>>>();
  readonly #slotOf: ReadonlyMap<Token<unknown>, SlotChoice | undefined>;

  constructor(
    private readonly graph: ModuleGraph,
    slots: Slots,
    private readonly faults: Faults,
  ) {
    this.#slotOf = new Map(slotNames.map((name) => [slotTokens[name], slots[name]]));
  }

  #fault(path: readonly Step[], text: string): void {
    this.faults.add(`${path.map(({ token }) => token?.name ?? "undefined").join(" -> ")}: ${text}`);
  }

  /** Looks at a token that a class of `node`, at the end of `path`, needs. */
  visit(token: Token<unknown>, node: ModuleNode, path: readonly Step[]): void {
    const owner = this.#contract(token) ? undefined : ownerOf(node, token);
    const steps = [...path, { token, owner }];
    if (token === undefined) {
      this.#fault(steps, notThereYet);
      return;
    }
    const circle = path.findIndex((step) => step.token === token && step.owner === owner);
    if (circle >= 0) {
      this.#fault(steps.slice(circle), circular);
      return;
    }
    let done = this.#done.get(owner);
    if (!done) this.#done.set(owner, (done = new Set()));
    if (owner || this.#contract(token) || bindsItself(token)) {
      if (done.has(token)) return;
      done.add(token);
    }
    const binding = owner?.bindings.get(token);
    if (owner && binding) this.#visitBinding(binding, owner, steps);
    else if (this.#slotOf.has(token)) this.#visitSlot(this.#slotOf.get(token), steps);
    else if (token === RegistryCache) this.visit(Registry, node, steps);
    else if (bindsItself(token)) this.visit(Client, node, steps);
    else if (!this.#contract(token))
      this.#fault(
        steps,
        missingProvider(
          token,
          this.graph,
          node,
          path.map((step) => step.token),
        ),
      );
  }

  /** True for what an app makes by itself. */
  #contract(token: Token<unknown>): boolean {
    return (
      this.#slotOf.has(token) ||
      token === RegistryCache ||
      token === (Ambient as Token<unknown>) ||
      token === AppOptions
    );
  }

  #visitBinding(binding: Binding, owner: ModuleNode, path: readonly Step[]): void {
    if (binding.kind === "class") this.#visitClass(binding.implementation, owner, path);
    if (binding.kind === "factory")
      for (const token of binding.factory.dependencies) this.visit(token, owner, path);
  }

  /** An empty slot says so when something asks for it. */
  #visitSlot(slot: SlotChoice | undefined, path: readonly Step[]): void {
    const { modules, root } = this.graph;
    const node = modules.find(({ container }) => container === slot?.container) ?? root;
    for (const choice of slot ? choicesOf(slot) : []) this.#visitChoice(choice, node, path);
  }

  #visitChoice(
    choice: PluginChoice<unknown> | undefined,
    node: ModuleNode,
    path: readonly Step[],
  ): void {
    if (choice === undefined) this.#fault(path, `a plugin of ${node.name}: ${notThereYet}`);
    else if (typeof choice === "function")
      this.#visitClass(choice as Class, node, [...path, { token: choice, owner: node }]);
    else if (isPlugin(choice)) this.#visitPlugin(choice, node, path);
    else if (!("useValue" in choice))
      for (const token of choice.dependencies) this.visit(token, node, path);
  }

  #visitPlugin({ name, needs }: Plugin<unknown>, node: ModuleNode, path: readonly Step[]): void {
    for (const token of needs) {
      if (this.#contract(token)) this.visit(token, node, path);
      else
        this.#fault(
          path,
          `the plugin ${name} needs ${token.name}, which is no contract; use factory([${token.name}], ...)`,
        );
    }
  }

  #visitClass(Class: Class, node: ModuleNode, path: readonly Step[]): void {
    for (const dependency of dependenciesOf(Class)) {
      if ("token" in dependency) {
        this.visit(dependency.token, node, path);
        continue;
      }
      const parameter = `constructor parameter ${dependency.index + 1}`;
      this.#fault(
        path,
        dependency.missing === "not-a-class"
          ? `${parameter} has a type that does not exist at run time (an interface, a type, an \`import type\`, or a class of a file that imports this one in a circle); type it by a class, or add @Inject(Token)`
          : isInjectable(Class)
            ? `${parameter} has no type at run time; turn emitDecoratorMetadata on, add @Inject(Token), or use a field with inject(Token)`
            : `${Class.name} is not decorated; add @Injectable() to it`,
      );
    }
  }

  checkExports(node: ModuleNode): void {
    for (const [token, exporter] of exportsOf(node)) {
      if (token === undefined) this.faults.add(`${exporter.name}.exports: ${notThereYet}`);
      else if (!ownerOf(exporter, token) && !bindsItself(token) && !this.#contract(token))
        this.faults.add(`${exporter.name} exports ${token.name} and does not provide or import it`);
    }
  }
}
