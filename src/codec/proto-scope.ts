import type { Declared } from "./type-graph.js";

/** A place in the tree of names; one without a type only encloses others. */
export interface Scope {
  readonly type: Declared | undefined;
  readonly children: Map<string, Scope>;
}

/** The tree of the names below `root`. */
export function scopeTree(types: ReadonlyMap<string, Declared>, root: string): Scope {
  const tree: Scope = { type: undefined, children: new Map() };
  for (const name of types.keys()) {
    let scope = tree;
    let path = root;
    for (const part of name.slice(root ? root.length + 1 : 0).split(".")) {
      path = path ? `${path}.${part}` : part;
      const next = scope.children.get(part) ?? { type: types.get(path), children: new Map() };
      scope.children.set(part, next);
      scope = next;
    }
  }
  return tree;
}

/**
 * Prints references: short where the name is used once in the whole file, else in full. Protobuf's
 * own rules of scope would allow more, but not every parser keeps them.
 */
export class References {
  readonly #uses = new Map<string, number>();

  constructor(
    private readonly root: string,
    tree: Scope,
  ) {
    this.#count(tree);
  }

  /** How the message at `from` (its names, outermost first) writes the full name `target`. */
  to(target: string, from: readonly string[]): string {
    if (this.root && !target.startsWith(`${this.root}.`)) return `.${target}`;
    const names = target.slice(this.root ? this.root.length + 1 : 0).split(".");
    let shared = 0;
    while (shared < names.length - 1 && names[shared] === from[shared]) shared++;
    const unique = this.#uses.get(names[shared] ?? "") === 1;
    return unique ? names.slice(shared).join(".") : `.${target}`;
  }

  #count(scope: Scope): void {
    for (const [name, child] of scope.children) {
      this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
      this.#count(child);
    }
  }
}
