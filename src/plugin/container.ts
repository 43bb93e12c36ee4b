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
  const maker = constructedBy(Class);
  const named = ownMetadata(injectedTokens, maker) as Readonly<Record<number, Token<unknown>>>;
  const emitted = ownMetadata("design:paramtypes", maker) as
    readonly (Token<unknown> | undefined)[] | undefined;
  const count = Math.max(
    emitted?.length ?? maker.length,
    ...Object.keys(named ?? {}).map((index) => Number(index) + 1),
  );
  const dependencies = Array.from({ length: count }, (_none, index): Dependency => {
    const token = named?.[index] ?? emitted?.[index];
    if (token === undefined) return { missing: emitted ? "not-a-class" : "no-metadata", index };
    return erased.has(token) ? { missing: "not-a-class", index } : { token };
  });
  // A last parameter that cannot be injected and has a default value keeps it.
  const last = dependencies.findLastIndex((dependency) => "token" in dependency);
  return dependencies.slice(0, Math.max(last + 1, maker.length));
}

const ownMetadata = (key: string, Class: Token<unknown>): unknown =>
  Reflect.getOwnMetadata(key, Class) as unknown;

/** The class whose constructor runs: a class that declares none has its parent's. */
function constructedBy(Class: Token<unknown>): Token<unknown> {
  const declares = (at: Token<unknown>): boolean =>
    at.length > 0 ||
    ownMetadata("design:paramtypes", at) !== undefined ||
    ownMetadata(injectedTokens, at) !== undefined;
  let at = Class;
  while (!declares(at)) {
    const parent = Object.getPrototypeOf(at) as Token<unknown>;
    if (parent === Function.prototype) return Class;
    at = parent;
  }
  return at;
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

/** @throws TypeError for a class that is not there yet: two files import each other. */
export function requireToken(token: Token<unknown> | undefined, where: string): void {
  if (token === undefined) throw new TypeError(`${where}: ${notThereYet}`);
}

/** What to say of a class that is undefined. */
export const notThereYet =
  "what is named does not exist yet when this line runs; check for files that import each other in a circle";

/** The containers whose `resolve` is running, innermost last. Each comes and goes within one synchronous call. */
const resolving: Container[] = [];

/**
 * Injects without constructor metadata: `private readonly greeter = inject(GreeterClient)` as a field
 * of a class that the container makes.
 * @throws Error outside of such a class.
 */
export function inject<T>(token: Token<T>): T {
  requireToken(token, "inject(undefined)");
  const container = resolving.at(-1);
  if (!container) {
    throw new Error(
      `inject(${token.name}) works only while the container makes an object: use it as a field's initial value in a class that is a service or a provider`,
    );
  }
  return container.resolve(token);
}

/** A class that is being made. */
interface Making {
  readonly token: Token<unknown>;
}

const pathOf = (...tokens: readonly Token<unknown>[]): string =>
  tokens.map(({ name }) => name).join(" -> ");

/** The one sight of tsyringe. One per app, with a child for each module; never the global container. */
export class Container {
  readonly #inner: DependencyContainer;
  readonly #root: Container;
  /** What is being made, outermost first. The root's. */
  readonly #making: Making[] = [];
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

  /** Asks `get` each time. */
  bindFactory<T>(token: Token<T>, get: () => T): void {
    this.#inner.register(token as never, { useFactory: get });
  }

  /** Keeps the place of what is made later: until then, whoever asks is told `why` not yet. */
  bindLater(token: Token<unknown>, why: string): void {
    this.bindFactory(token, () => {
      throw new Error(`${this.#path(token)}: ${why}`);
    });
  }

  /** One instance per container, made when first asked for. */
  bindClass<T>(token: Token<T>, implementation: Class<T>): void {
    const dependencies = dependenciesOf(implementation);
    let made: { readonly value: T } | undefined;
    const making = { token: implementation as Token<unknown> };
    const make = (): T => {
      const values = dependencies.map((dependency) => {
        if ("token" in dependency) return this.resolve(dependency.token);
        throw new Error(
          `${implementation.name}: constructor parameter ${dependency.index + 1} has no token`,
        );
      });
      return new implementation(...(values as never[]));
    };
    this.bindFactory(token, () => (made ??= { value: this.#within(making, make) }).value);
  }

  /** Asks another container each time: how a module sees what another exports. */
  bindLink<T>(token: Token<T>, owner: Container): void {
    this.bindFactory(token, () => owner.resolve(token));
  }

  #within<T>(one: Making, make: () => T): T {
    const making = this.#root.#making;
    if (making.includes(one)) {
      const circle = making.slice(making.indexOf(one)).map(({ token }) => token);
      throw new Error(`${pathOf(...circle, one.token)}: ${circular}`);
    }
    making.push(one);
    try {
      return make();
    } finally {
      making.pop();
    }
  }

  #path(token: Token<unknown>): string {
    return pathOf(...this.#root.#making.map((one) => one.token), token);
  }

  /** @throws Error that names the token when nobody provides it. tsyringe alone would construct any class. */
  resolve<T>(token: Token<T>): T {
    if (!this.has(token)) this.#bindMissing(token);
    resolving.push(this);
    try {
      return this.#inner.resolve<T>(token as never);
    } finally {
      resolving.pop();
    }
  }

  #bindMissing(token: Token<unknown>): void {
    const made = this.#root.#missing(token);
    if (made === undefined) {
      throw new Error(
        `${this.#path(token)}: no provider; add ${token.name} to the providers of the module, or import the module that exports it`,
      );
    }
    this.#root.bindValue(token, made);
  }
}

/** What to say of classes that need each other. */
export const circular = "they need each other in a circle; move what both need into a third class";
