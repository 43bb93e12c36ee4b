import "reflect-metadata";
import { injectedTokens, requireToken, type Token } from "../src/spi.js";

/**
 * Names the token of a constructor parameter, where its type does not (an interface), or where the
 * compiler emits no types (esbuild, tsx).
 */
export const Inject =
  <T>(token: Token<T>) =>
  (Class: object, _property: string | symbol | undefined, index: number): void => {
    requireToken(token, `@Inject(undefined) of ${(Class as { readonly name: string }).name}`);
    const own = (Reflect.getOwnMetadata(injectedTokens, Class) ?? {}) as Record<
      number,
      Token<unknown>
    >;
    Reflect.defineMetadata(injectedTokens, { ...own, [index]: token }, Class);
  };
