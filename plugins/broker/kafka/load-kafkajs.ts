import type * as Kafkajs from "kafkajs";
import { NotImplemented, type Logger } from "../../../src/spi.js";
import { mendedVersion, mendKafkajs, type RequestQueuePrototype } from "./busy-timer.js";

/** The package `kafkajs`. */
export type KafkajsPackage = typeof Kafkajs;

/** Where the package comes from; a test may have others. */
export interface KafkajsSource {
  readonly client: () => Promise<unknown>;
  readonly version: () => Promise<unknown>;
  readonly requestQueue: () => Promise<unknown>;
}

/** Not part of what kafkajs promises, so it is looked for at run time only. */
const requestQueue = "kafkajs/src/network/requestQueue/index.js";

const installed: KafkajsSource = {
  client: () => import("kafkajs"),
  version: () => import("kafkajs/package.json", { with: { type: "json" } }),
  requestQueue: () => import(requestQueue) as Promise<unknown>,
};

/**
 * Loads kafkajs, and mends it.
 * @throws NotImplemented (`plugin.package-missing`) that says what to type when it is not installed.
 */
export async function loadKafkajs(
  logger: Logger,
  source: KafkajsSource = installed,
): Promise<KafkajsPackage> {
  let client: KafkajsPackage;
  try {
    client = inner(await source.client()) as KafkajsPackage;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotImplemented(
      `the kafka broker needs the package kafkajs, which is not installed: npm install kafkajs@${mendedVersion}`,
      { reason: "plugin.package-missing", retry: "never", cause: error },
    );
  }
  const { version } = inner(await source.version()) as { readonly version: string };
  const prototype = async (): Promise<RequestQueuePrototype> => {
    const queue = inner(await source.requestQueue()) as {
      readonly prototype: RequestQueuePrototype;
    };
    return queue.prototype;
  };
  await mendKafkajs(version, prototype, logger);
  return client;
}

/** A CommonJS module, with or without what `import()` puts around it. */
const inner = (module: unknown): unknown =>
  typeof module === "object" && module && "default" in module ? module.default : module;

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND") &&
  error.message.includes("kafkajs");
