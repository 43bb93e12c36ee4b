/**
 * What a TypeScript compiler emits for decorators, as functions: these files are run as they are,
 * without a compiler. `Reflect.metadata` comes with plugboard.
 */

/** Decorates a method; `parameters` are the types that `emitDecoratorMetadata` would note. */
export function onMethod(Class, name, decorators, parameters = [Object]) {
  const { prototype } = Class;
  Reflect.defineMetadata("design:paramtypes", parameters, prototype, name);
  for (const decorator of decorators.toReversed())
    decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}

/** Decorates a class; `parameters` are the types of its constructor's parameters. */
export function onClass(Class, decorators, parameters) {
  if (parameters) Reflect.defineMetadata("design:paramtypes", parameters, Class);
  for (const decorator of decorators.toReversed()) decorator(Class);
}

/** Makes a class a message with fields as `{ name: [number, type] }`. */
export function message(Class, Message, Field, fields) {
  for (const [name, [number, type]] of Object.entries(fields))
    Field(number, type)(Class.prototype, name);
  Message()(Class);
}
