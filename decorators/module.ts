import type { Class } from "../src/spi.js";
import { recordModule } from "./metadata.js";
import type { ModuleOptions } from "./module-options.js";

/** Marks a class as a module: a group of services and providers, and the place where plugins are chosen. */
export const Module =
  (options: ModuleOptions) =>
  (Class: Class): void =>
    recordModule(Class, options);
