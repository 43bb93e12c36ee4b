import { CallContext, type Context } from "./context.js";

/**
 * A place for something that belongs to one call and has a type of its own, such as who calls: an
 * interceptor sets it, those inside and the handler get it. It lives as long as the call's context.
 *
 * @example
 * const tenant = new ContextValue<Tenant>();
 * tenant.set(call.context, await find(call)); // in an interceptor
 * tenant.get(context); // in a handler
 */
export class ContextValue<T> {
  readonly #values = new WeakMap<Context, T>();

  /** Undefined where nobody has set it. */
  get(context: Context): T | undefined {
    const value = this.#values.get(context);
    if (value !== undefined || !(context instanceof CallContext) || !context.whole) return value;
    return this.#values.get(context.whole);
  }

  set(context: Context, value: T): void {
    this.#values.set(context, value);
  }
}
