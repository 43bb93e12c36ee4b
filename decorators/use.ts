import type { Interceptor } from "../src/index.js";
import { recordInterceptors } from "./metadata.js";

/**
 * Puts interceptors around a method, or around every handler and subscriber of a class. First listed
 * is outermost; a class's are outside its methods'.
 */
export const Use =
  (...interceptors: readonly Interceptor[]) =>
  (target: object, property?: string | symbol): void =>
    recordInterceptors(target, property, interceptors);
