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

/** Prints references as short as protobuf's rules of scope allow. */
export class References {
  constructor(
    private readonly root: string,
    private readonly tree: Scope,
  ) {}

  /** How the message at `from` (its names, outermost first) writes the full name `target`. */
  to(target: string, from: readonly string[]): string {
    if (this.root && !target.startsWith(`${this.root}.`)) return `.${target}`;
    const names = target.slice(this.root ? this.root.length + 1 : 0).split(".");
    let shared = 0;
    while (shared < names.length - 1 && names[shared] === from[shared]) shared++;
    for (let depth = shared; depth >= 0; depth--)
      if (this.#nearest(names[depth] ?? "", from) === depth) return names.slice(depth).join(".");
    return `.${target}`;
  }

  /** Depth of the innermost scope around `from` that knows `name`: the one protobuf will look into. */
  #nearest(name: string, from: readonly string[]): number {
    let found = 0;
    let scope: Scope | undefined = this.tree;
    from.forEach((part, index) => {
      scope = scope?.children.get(part);
      if (scope?.children.has(name)) found = index + 1;
    });
    return found;
  }
}
