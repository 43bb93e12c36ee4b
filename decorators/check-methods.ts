import { reservedMethods, type Class } from "../src/spi.js";
import { handlerRecords, subscriptionRecords } from "./metadata.js";
import type { Faults } from "./module-graph.js";

const hookNames: ReadonlySet<string> = new Set(["onStart", "onReady", "onDrain", "onStop"]);

/**
 * Every public method must be a handler, a subscriber or a hook, and every handler must have a name
 * that callers can say: only then is the typed client, which sees all public methods, true.
 */
export function checkMethods(Class: Class, faults: Faults): void {
  const handlers = handlerRecords(Class);
  for (const { property } of handlers) {
    if (typeof property === "symbol")
      faults.add(`${Class.name}: a handler is named by a text, not by ${String(property)}`);
    else if (reservedMethods.has(property))
      faults.add(
        `${Class.name}.${property}: no handler can be named "${property}", since JavaScript or the framework itself asks objects for it`,
      );
  }
  const known = new Set(
    [...handlers, ...subscriptionRecords(Class)].map(({ property }) => property),
  );
  for (const name of methodNames(Class)) {
    if (name === "constructor" || known.has(name) || hookNames.has(name)) continue;
    faults.add(
      `${Class.name}.${name} is neither @Handler, @Subscribe nor a hook; callers would see it in their typed client. Decorate it, make it #private, or move it to a provider`,
    );
  }
}

/** The methods of a class and of its parents; accessors are none. */
function methodNames(Class: Class): ReadonlySet<string> {
  const names = new Set<string>();
  for (
    let at = Class.prototype as object;
    at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === "function") names.add(name);
  }
  return names;
}
