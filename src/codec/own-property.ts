/**
 * `object[name]` if the object or its class defines it, else undefined: a field named `toString`
 * must not be answered by `Object.prototype`.
 */
export function readProperty(object: object, name: string): unknown {
  if (name in Object.prototype && !Object.hasOwn(object, name)) return undefined;
  return (object as Record<string, unknown>)[name];
}

/** Sets an own property whatever its name: `__proto__` becomes data, not the prototype. */
export function setProperty(object: object, name: string, value: unknown): void {
  if (name === "__proto__") {
    const descriptor = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, name, descriptor);
  } else {
    (object as Record<string, unknown>)[name] = value;
  }
}
