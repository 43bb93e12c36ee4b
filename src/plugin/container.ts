import "reflect-metadata";
import { container as tsyringe, type DependencyContainer } from "tsyringe";
import type { Token } from "./plugin.js";

/** A class that can be constructed. */
export type Class<T = object> = new (...args: never[]) => T;

/** Under this metadata key `@Inject(Token)` keeps the tokens of constructor parameters, by index. */
export const injectedTokens = "plugboard:inject";

/** What a constructor asks for: a token, or why it cannot be told. */
export type Dependency =
  | { readonly token: Token<unknown> }
  | { readonly missing: "no-metadata" | "not-a-class"; readonly index: number };

/** The dependencies of a class's constructor, from `@Inject` and from what the compiler emitted. */
export function dependenciesOf(Class: Token<unknown>): readonly Dependency[] {
  const named = (Reflect.getOwnMetadata(injectedTokens, Class) ?? {}) as Readonly<
    Record<number, Token<unknown>>
  >;
  const emitted = ownParameterTypes(Class);
  const count = Math.max(
    emitted?.length ?? Class.length,
    ...Object.keys(named).map((index) => Number(index) + 1),
  );
  return Array.from({ length: count }, (_none, index): Dependency => {
    const token = named[index] ?? emitted?.[index];
    if (token === undefined) return { missing: emitted ? "not-a-class" : "no-metadata", index };
    return erased.has(token) ? { missing: "not-a-class", index } : { token };
  });
}

/** A subclass without a constructor inherits its parent's. */
function ownParameterTypes(Class: Token<unknown>): readonly Token<unknown>[] | undefined {
  const own = Reflect.getOwnMetadata("design:paramtypes", Class) as
    readonly Token<unknown>[] | undefined;
  if (
    own ||
    !/^class\s+[^{]*\bextends\b/.test(String(Class)) ||
    /\bconstructor\s*\(/.test(String(Class))
  )
    return own;
  return Reflect.getMetadata("design:paramtypes", Class) as readonly Token<unknown>[] | undefined;
}

/** What interfaces, mapped types and primitives become at run time. */
const erased = new Set<unknown>([
  Object,
  Function,
  String,
  Number,
  Boolean,
  Array,
  Symbol,
  BigInt,
  Promise,
]);

/** The container whose `resolve` is running. Set and unset within one synchronous call. */
let resolving: Container | undefined;

/**
 * Injects without constructor metadata: `private readonly greeter = inject(GreeterClient)` as a field
 * of a class that the container makes.
 * @throws Error outside of such a class.
 */
export function inject<T>(token: Token<T>): T {
  if (!resolving) {
    throw new Error(
      `inject(${token.name}) works only while the container makes an object: use it as a field's initial value in a class that is a service or a provider`,
    );
  }
  return resolving.resolve(token);
}

/** The one sight of tsyringe. One per app, with a child for each module; never the global container. */
export class Container {
  readonly #inner: DependencyContainer;
  readonly #root: Container;
  #missing: (token: Token<unknown>) => unknown = () => undefined;

  private constructor(inner: DependencyContainer, root?: Container) {
    this.#inner = inner;
    this.#root = root ?? this;
  }

  static create(): Container {
    return new Container(tsyringe.createChildContainer());
  }

  child(): Container {
    return new Container(this.#inner.createChildContainer(), this.#root);
  }

  /** Sets who is asked for a token that nobody has bound; what it gives is kept for the whole app. */
  onMissing(make: (token: Token<unknown>) => unknown): void {
    this.#root.#missing = make;
  }

  has(token: Token<unknown>): boolean {
    return this.#inner.isRegistered(token as never, true);
  }

  bindValue<T>(token: Token<T>, value: T): void {
    this.#inner.register(token as never, { useValue: value });
  }

  /** One instance per container, made when first asked for. */
  bindClass<T>(token: Token<T>, implementation: Class<T>): void {
    const dependencies = dependenciesOf(implementation);
    this.#once(token, () => {
      const values = dependencies.map((dependency) => {
        if ("token" in dependency) return this.resolve(dependency.token);
        throw new Error(
          `${implementation.name}: constructor parameter ${dependency.index + 1} has no token`,
        );
      });
      return new implementation(...(values as never[]));
    });
  }

  /** Asks another container each time: how a module sees what another exports. */
  bindLink<T>(token: Token<T>, owner: Container): void {
    this.#inner.register(token as never, { useFactory: () => owner.resolve(token) });
  }

  #once<T>(token: Token<T>, make: () => T): void {
    let made: { readonly value: T } | undefined;
    this.#inner.register(token as never, {
      useFactory: () => (made ??= { value: make() }).value,
    });
  }

  /** @throws Error that names the token when nobody provides it. tsyringe alone would construct any class. */
  resolve<T>(token: Token<T>): T {
    if (!this.has(token)) this.#bindMissing(token);
    const before = resolving;
    resolving = this;
    try {
      return this.#inner.resolve<T>(token as never);
    } finally {
      resolving = before;
    }
  }

  #bindMissing(token: Token<unknown>): void {
    const made = this.#root.#missing(token);
    if (made === undefined) {
      throw new Error(
        `${token.name}: no provider; add it to the providers of the module, or import the module that exports it`,
      );
    }
    this.#root.bindValue(token, made);
  }
}
