import { Client, type ClientOf, type ServiceContract } from "../src/index.js";
import { Inject } from "./inject.js";

type Accepts<C extends abstract new (...args: never[]) => unknown, T> = [T] extends [
  C extends abstract new (...args: infer Parameters) => unknown ? Parameters[number] : never,
]
  ? unknown
  : { readonly "no constructor parameter accepts this client": never };

/** Injects a typed client without declaring a class for it: `@InjectClient<Greeter>("greeter") greeter: ClientOf<Greeter>`. */
export function InjectClient<S>(service: string | ServiceContract<S>) {
  const Token = Client<S>(service);
  return <C extends new (...args: never[]) => object>(
    Class: C & Accepts<C, ClientOf<S>>,
    _property: undefined,
    index: number,
  ): void => Inject(Token as unknown as new () => object)(Class, undefined, index);
}
