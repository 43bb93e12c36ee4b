import {
  BadRequest,
  Canceled,
  ContentTooLarge,
  Forbidden,
  NotFound,
  NotImplemented,
  RpcError,
  TooManyRequests,
  Unauthorized,
  Unavailable,
} from "../../../src/spi.js";

/** 503: publish and subscribe need `connect` first. */
export const notConnected = (what: string): RpcError =>
  new Unavailable(`cannot ${what}: the kafka broker is not connected`, {
    reason: "broker.not-connected",
    retry: "safe",
  });

/** 503: Kafka did not answer, or not in time. */
export const unreachable = (what: string, cause: unknown): RpcError =>
  new Unavailable(`${what}: ${textOf(cause)}`, { reason: "broker.unreachable", cause });

/** 499: the publisher's signal has aborted. */
export const canceled = (topic: string, cause: unknown): RpcError =>
  new Canceled(`the publish to ${topic} was cancelled`, { cause });

/** 413: over the limit of the plugin or of the topic. */
export const tooLarge = (topic: string, limit: string, cause?: unknown): RpcError =>
  new ContentTooLarge(`a message for ${topic} is larger than ${limit}`, {
    reason: "broker.too-large",
    retry: "never",
    cause,
  });

/** 429: too much waits to be published. */
export const full = (topic: string, limit: string): RpcError =>
  new TooManyRequests(`cannot publish to ${topic}: ${limit} wait already`, {
    reason: "broker.full",
    retry: "safe",
  });

/** 501: `delayMs` cannot be kept. */
export const cannotDelay = (topic: string): RpcError =>
  new NotImplemented(
    `delayMs on ${topic} needs "delay", which the kafka broker does not have: a log holds nothing back`,
    { reason: "broker.capability", retry: "never" },
  );

/** 400: Kafka has rules for names. */
export const badTopic = (topic: string): RpcError =>
  new BadRequest(
    `Kafka takes no topic named ${JSON.stringify(topic)}: 1 to 249 letters, digits, ".", "_" and "-"`,
    { reason: "broker.bad-topic", retry: "never" },
  );

/** 404: the topic is not there and must not be created. */
export const noTopic = (topic: string): RpcError =>
  new NotFound(`there is no topic ${topic}, and createTopics is off`, {
    reason: "broker.no-topic",
    retry: "safe",
  });

/** 400: a record that is no message. */
export const malformed = (where: string, cause: unknown): RpcError =>
  new BadRequest(`the record ${where} is no message: ${textOf(cause)}`, {
    reason: "broker.malformed",
    retry: "never",
    cause,
  });

type MakeError = (what: string, cause: unknown) => RpcError;

const exceeds: MakeError = (what, cause) =>
  new ContentTooLarge(`${what}: ${textOf(cause)}`, {
    reason: "broker.too-large",
    retry: "never",
    cause,
  });

const forbidden: MakeError = (what, cause) =>
  new Forbidden(`${what}: ${textOf(cause)}`, { reason: "broker.forbidden", retry: "never", cause });

const unauthorized: MakeError = (what, cause) =>
  new Unauthorized(`${what}: ${textOf(cause)}`, {
    reason: "broker.unauthorized",
    retry: "never",
    cause,
  });

const refused: MakeError = (what, cause) =>
  new BadRequest(`${what}: ${textOf(cause)}`, { reason: "broker.refused", retry: "never", cause });

/** Kafka's answers that another try cannot change. */
const byType: Readonly<Record<string, MakeError>> = {
  MESSAGE_TOO_LARGE: exceeds,
  RECORD_LIST_TOO_LARGE: exceeds,
  TOPIC_AUTHORIZATION_FAILED: forbidden,
  GROUP_AUTHORIZATION_FAILED: forbidden,
  CLUSTER_AUTHORIZATION_FAILED: forbidden,
  INVALID_RECORD: refused,
  INVALID_TOPIC_EXCEPTION: refused,
  INVALID_PARTITIONS: refused,
  POLICY_VIOLATION: refused,
  INCONSISTENT_GROUP_PROTOCOL: refused,
  INVALID_GROUP_ID: refused,
  INVALID_SESSION_TIMEOUT: refused,
};

/** What a Kafka client threw, in our words. Whatever is not known for sure may be tried again: 503. */
export function failureOf(what: string, thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  for (const error of chain(thrown)) {
    if (error.name === "KafkaJSSASLAuthenticationError") return unauthorized(what, error);
    const known = byType[kafkaErrorType(error) ?? ""];
    if (known) return known(what, error);
  }
  return unreachable(what, thrown);
}

/** Kafka's own name of an error, such as `UNKNOWN_TOPIC_OR_PARTITION`, wherever in the causes it is. */
export function kafkaErrorTypes(thrown: unknown): ReadonlySet<string> {
  return new Set(chain(thrown).flatMap((error) => kafkaErrorType(error) ?? []));
}

const kafkaErrorType = (error: Error): string | undefined =>
  "type" in error && typeof error.type === "string" ? error.type : undefined;

/** An error, its causes, and the errors it gathers. */
function chain(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 8) return [];
  const gathered: unknown[] =
    "errors" in thrown && Array.isArray(thrown.errors) ? thrown.errors : [];
  return [thrown, ...[thrown.cause, ...gathered].flatMap((inner) => chain(inner, depth + 1))];
}

const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
