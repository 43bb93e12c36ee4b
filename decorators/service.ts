import type { ServiceInfo } from "../src/index.js";
import { recordService } from "./metadata.js";

/**
 * Marks a class as a service: its `@Handler` methods are reachable under `name`, its `@Subscribe`
 * methods get events. Only records; nothing happens until the app starts.
 */
export const Service =
  (info: ServiceInfo) =>
  <C extends new (...args: never[]) => object>(Class: C): void =>
    recordService(Class, info);
