import { OptionError, requirePositive, requireText, requireWhole } from "../../../src/spi.js";

/** A user's name and password. */
export interface KafkaSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

/** Certificates, all PEM. */
export interface KafkaTls {
  /** Who may have signed the server's certificate. Default: the authorities that Node.js knows. */
  readonly ca?: string | readonly string[];
  /** This client's certificate and key, for servers that ask for them. */
  readonly cert?: string;
  readonly key?: string;
  /** Name that the server's certificate must carry. Default: the host that was connected to. */
  readonly servername?: string;
}

/** What goes into the value of a record. */
export type KafkaFormat = "go-micro" | "native";

/** Options of `kafkaBroker`. */
export interface KafkaBrokerOptions {
  /** `host:port` of some of Kafka's servers. Default `["127.0.0.1:9092"]`. */
  readonly brokers?: readonly string[];
  /** What Kafka's logs call this client. Default `plugboard`. */
  readonly clientId?: string;
  /**
   * `go-micro`: headers and body in one JSON envelope, as go-micro's plugin writes and reads it.
   * `native`: Kafka's own headers, and the body as it is. Default `go-micro`.
   */
  readonly format?: KafkaFormat;
  /** User and password. Default: none. */
  readonly sasl?: KafkaSasl;
  /** True: TLS, with certificates from the authorities that Node.js knows. Default false. */
  readonly tls?: KafkaTls | boolean;
  /** Whether topics that are missing are created. Default true. */
  readonly createTopics?: boolean;
  /** Partitions of a topic that is created. Default: the server's `num.partitions`. */
  readonly partitions?: number;
  /** Replicas of a topic that is created. Default: the server's `default.replication.factor`. */
  readonly replicationFactor?: number;
  /** Where a group begins that has never been there. Default `newest`, as in Go. */
  readonly startFrom?: "newest" | "oldest";
  /** Kafka's group id of a subscription's group. Default: the group as it is, as in Go. */
  readonly groupId?: (group: string, topic: string) => string;
  /** Milliseconds for connecting, for subscribing, and for publishing a message. Default 30,000. */
  readonly timeoutMs?: number;
  /** Messages that may wait to be published; beyond it `publish` rejects. Default 10,000. */
  readonly maxQueued?: number;
  /** Bytes of a record, envelope and key included. Default 1,000,000. */
  readonly maxMessageBytes?: number;
  /** Milliseconds after which a group gives a silent member's partitions away. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Milliseconds between signs of life; also how soon members notice that one comes or goes. Default 1,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds between commits; what was settled since the last is repeated after a crash. Default 100. */
  readonly commitMs?: number;
  /** Milliseconds for which an empty fetch waits at the server. Default 500. */
  readonly fetchWaitMs?: number;
}

/** The options with every default filled in. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly format: KafkaFormat;
  readonly sasl: KafkaSasl | undefined;
  readonly tls: KafkaTls | boolean;
  readonly createTopics: boolean;
  readonly partitions: number | undefined;
  readonly replicationFactor: number | undefined;
  readonly startFrom: "newest" | "oldest";
  readonly groupId: (group: string, topic: string) => string;
  readonly timeoutMs: number;
  readonly maxQueued: number;
  readonly maxMessageBytes: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly commitMs: number;
  readonly fetchWaitMs: number;
}

/** @throws OptionError for an option that makes no sense. */
export function settingsOf({
  brokers = ["127.0.0.1:9092"],
  clientId = "plugboard",
  format = "go-micro",
  sasl,
  tls = false,
  createTopics = true,
  partitions,
  replicationFactor,
  startFrom = "newest",
  groupId = (group) => group,
  timeoutMs = 30_000,
  maxQueued = 10_000,
  maxMessageBytes = 1_000_000,
  sessionTimeoutMs = 10_000,
  heartbeatMs = 1_000,
  commitMs = 100,
  fetchWaitMs = 500,
}: KafkaBrokerOptions): KafkaSettings {
  const name = (option: keyof KafkaBrokerOptions): string => `kafkaBroker.${option}`;
  if (brokers.length === 0) throw new OptionError(`${name("brokers")} must name a server`);
  const optionalCount = (
    option: "partitions" | "replicationFactor",
    value: number | undefined,
  ): number | undefined => (value === undefined ? value : requireWhole(name(option), value, 1));
  const positive = (option: keyof KafkaBrokerOptions, value: number): number =>
    requirePositive(name(option), value);
  if (heartbeatMs * 2 > sessionTimeoutMs)
    throw new OptionError(
      `${name("heartbeatMs")} must be half of ${name("sessionTimeoutMs")} at most, got ${heartbeatMs} and ${sessionTimeoutMs}`,
    );
  return {
    brokers: brokers.map((broker) => requireText(name("brokers"), broker)),
    clientId: requireText(name("clientId"), clientId),
    format: requireOne(name("format"), format, ["go-micro", "native"]),
    sasl: sasl && {
      mechanism: requireOne(`${name("sasl")}.mechanism`, sasl.mechanism, [
        "plain",
        "scram-sha-256",
        "scram-sha-512",
      ]),
      username: requireText(`${name("sasl")}.username`, sasl.username),
      password: requireText(`${name("sasl")}.password`, sasl.password),
    },
    tls,
    createTopics,
    partitions: optionalCount("partitions", partitions),
    replicationFactor: optionalCount("replicationFactor", replicationFactor),
    startFrom: requireOne(name("startFrom"), startFrom, ["newest", "oldest"]),
    groupId,
    timeoutMs: positive("timeoutMs", timeoutMs),
    maxQueued: requireWhole(name("maxQueued"), maxQueued, 1),
    maxMessageBytes: requireWhole(name("maxMessageBytes"), maxMessageBytes, 1),
    sessionTimeoutMs: positive("sessionTimeoutMs", sessionTimeoutMs),
    heartbeatMs: positive("heartbeatMs", heartbeatMs),
    commitMs: positive("commitMs", commitMs),
    fetchWaitMs: positive("fetchWaitMs", fetchWaitMs),
  };
}

function requireOne<T extends string>(option: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new OptionError(
    `${option} must be one of ${known.join(", ")}, got ${JSON.stringify(value)}`,
  );
}
