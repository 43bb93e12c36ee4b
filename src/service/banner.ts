import type { Logger } from "../base/logger.js";
import type { Assembly } from "./assembly.js";

/** Says where the app listens, which plugin each slot got, and why. */
export function logBanner(logger: Logger, name: string, address: string, assembly: Assembly): void {
  logger.info(`${name} is ready on ${address}`, { plugins: assembly.describe() });
}
