import { recordInjectable } from "./metadata.js";

/** Marks a class whose constructor parameters the container fills. `@Service` includes it. */
export const Injectable =
  () =>
  <C extends new (...args: never[]) => object>(Class: C): void =>
    recordInjectable(Class);
