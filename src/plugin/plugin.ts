import type { Environment } from "../base/environment.js";

/** An abstract class: the type of a contract and its token for injection in one name. */
export type Token<T> = abstract new (...args: never[]) => T;

/** The instances of a list of tokens. */
export type Instances<Tokens extends readonly Token<unknown>[]> = {
  [Index in keyof Tokens]: Tokens[Index] extends Token<infer T> ? T : never;
};

/** A recipe for one implementation of a contract. Nothing happens until `create` is called. */
export interface Plugin<T> {
  /** The contract that it fills. */
  readonly token: Token<T>;
  /** Short name, such as `etcd`. */
  readonly name: string;
  /** Other parts that it is built from, made before it. */
  readonly needs: readonly Token<unknown>[];
  readonly create: (environment: Environment, ...needs: readonly unknown[]) => T | Promise<T>;
}

/**
 * Describes a plugin. `needs` lists the contracts it builds on; their instances follow the
 * environment in `create`, which may be async.
 */
export function definePlugin<T, const Needs extends readonly Token<unknown>[] = readonly []>(
  token: Token<T>,
  name: string,
  create: (environment: Environment, ...needs: Instances<Needs>) => T | Promise<T>,
  needs?: Needs,
): Plugin<T> {
  return {
    token,
    name,
    needs: needs ?? [],
    create: create as Plugin<T>["create"],
  };
}

/** What the environment (`MICRO_*` and flags) says about a plugin. */
export interface PluginSettings {
  /** `MICRO_<SLOT>_ADDRESS`, split at commas. */
  readonly addresses: readonly string[];
}

/**
 * The export `fromSettings` of a plugin's `index.ts`: makes the plugin from the environment's settings, so
 * that `MICRO_REGISTRY=etcd` works without code.
 */
export type PluginFromSettings<T> = (settings: PluginSettings) => Plugin<T>;
