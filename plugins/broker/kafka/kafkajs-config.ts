import type { ConnectionOptions } from "node:tls";
import type { KafkaConfig, logCreator, RetryOptions, SASLOptions } from "kafkajs";
import type { Logger } from "../../../src/spi.js";
import type { KafkajsPackage } from "./load-kafkajs.js";
import type { KafkaSettings } from "./settings.js";

/** How often and how far apart kafkajs tries again; all of it, as its defaults depend on `NODE_ENV`. */
export const retryOptions = (retries: number): RetryOptions => ({
  retries,
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
});

/** What all clients of one broker have in common. */
export function kafkajsConfig(
  { brokers, clientId, sasl, tls, timeoutMs }: KafkaSettings,
  { logLevel }: KafkajsPackage,
  logger: Logger,
): KafkaConfig {
  return {
    brokers: [...brokers],
    clientId,
    connectionTimeout: Math.min(timeoutMs, 5_000),
    authenticationTimeout: Math.min(timeoutMs, 10_000),
    requestTimeout: Math.min(timeoutMs, 30_000),
    retry: retryOptions(2),
    logLevel: logLevel.WARN,
    logCreator: logTo(logger),
    ...(sasl && { sasl: sasl as SASLOptions }),
    ...(tls !== false && { ssl: tls === true ? true : ({ ...tls } as ConnectionOptions) }),
  };
}

/** kafkajs calls errors what is daily business, such as a first request to join; so all is for debugging. */
const logTo =
  (logger: Logger): logCreator =>
  () =>
  ({ namespace, log: { message, timestamp: _timestamp, ...fields } }) =>
    logger.debug(`kafkajs ${namespace}: ${message}`, fields);
