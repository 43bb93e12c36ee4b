import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { realpathSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { startChild, type Child } from "../support/child.js";
import { freePorts } from "../support/free-port.js";
import { provisioned, type KafkaJars } from "../support/provisioned.js";
import { scratchDirectory } from "../support/scratch.js";
import { eventually } from "../support/real-world.js";

/** A release that this run has the jars of. */
export type KafkaVersion = "3.9" | "4.x";

const keystore = "keystore.p12";
const storePassword = "not-a-secret";

/** How to start a server. */
export interface KafkaServerOptions {
  readonly version: KafkaVersion;
  /** Asks for these users' passwords, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly sasl?: { readonly users: Readonly<Record<string, string>> };
  /** Speaks TLS, with a certificate of its own making for 127.0.0.1 and localhost. */
  readonly tls?: boolean;
  /** Address that clients reach it at. Default 127.0.0.1. */
  readonly host?: string;
  /** More lines for `server.properties`. */
  readonly properties?: Readonly<Record<string, string | number>>;
}

/** One server, broker and controller in one, with its data in a directory of its own. */
export interface KafkaServer {
  readonly brokers: readonly string[];
  /** PEM of the certificate, with TLS. */
  readonly certificate: string | undefined;
  /** Ends the process; the data stays. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it where it stands, and lets it go on. */
  suspend(): void;
  resume(): void;
  /** Starts it again on the same data and ports. */
  restart(): Promise<void>;
  /** Ends it for good and removes the data. */
  stop(): Promise<void>;
}

/** Formats the storage and starts the server. @throws with what it printed when it does not come up. */
export async function startKafka(options: KafkaServerOptions): Promise<KafkaServer> {
  const jars = provisioned().kafka[options.version];
  if (!jars) throw new Error(`this run has no jars of Kafka ${options.version}`);
  const { host = "127.0.0.1" } = options;
  const scratch = scratchDirectory();
  const [port = 0, controller = 0] = await freePorts(2);
  const config = join(scratch.path, "server.properties");
  const certificate = options.tls ? makeKeystore(jars, scratch.path) : undefined;
  const properties = serverProperties(options, port, controller, scratch.path);
  writeFileSync(config, lines(properties));
  const start = async (): Promise<Child> => {
    const child = await startChild({
      ...java(jars, scratch.path, "kafka.Kafka", [config]),
      ready: (output) => output.includes("Kafka Server started"),
      readyMs: 60_000,
    });
    await eventually(() => listening(host, port));
    return child;
  };
  await format(jars, scratch.path, config, options);
  let child = await start();
  return {
    brokers: [`${host}:${port}`],
    certificate,
    kill: (signal = "SIGKILL") => child.kill(signal),
    suspend: () => child.signal("SIGSTOP"),
    resume: () => child.signal("SIGCONT"),
    restart: async () => void (child = await start()),
    stop: async () => {
      await child.kill("SIGKILL");
      scratch.remove();
    },
  };
}

async function format(
  jars: KafkaJars,
  directory: string,
  config: string,
  { sasl }: KafkaServerOptions,
): Promise<void> {
  const cluster = `--cluster-id=${randomBytes(16).toString("base64url")}`;
  const users = Object.entries(sasl?.users ?? {}).flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
  const command = ["format", cluster, "-c", config, ...users];
  const tool = await startChild(java(jars, directory, "kafka.tools.StorageTool", command));
  const { code } = await tool.exited;
  if (code !== 0) throw new Error(`the storage could not be formatted:\n${tool.output()}`);
}

/** Fast to start, quiet, small. */
function java(
  { java: program, classpath }: KafkaJars,
  directory: string,
  main: string,
  args: readonly string[],
) {
  const log4j1 = join(directory, "log4j.properties");
  const log4j2 = join(directory, "log4j2.properties");
  writeFileSync(
    log4j1,
    lines({
      "log4j.rootLogger": "INFO, out",
      "log4j.appender.out": "org.apache.log4j.ConsoleAppender",
      "log4j.appender.out.layout": "org.apache.log4j.PatternLayout",
      "log4j.appender.out.layout.ConversionPattern": "%p %m (%c)%n",
    }),
  );
  writeFileSync(
    log4j2,
    lines({
      "appender.out.type": "Console",
      "appender.out.name": "out",
      "appender.out.layout.type": "PatternLayout",
      "appender.out.layout.pattern": "%p %m (%c)%n%throwable{3}",
      "rootLogger.level": "INFO",
      "rootLogger.appenderRef.out.ref": "out",
    }),
  );
  const flags = [
    "-Xms256m",
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xshare:auto",
  ];
  const logging = [`-Dlog4j.configuration=file:${log4j1}`, `-Dlog4j2.configurationFile=${log4j2}`];
  return {
    command: [program],
    args: [...flags, ...logging, "-cp", classpath, main, ...args],
    cwd: directory,
  };
}

function serverProperties(
  { sasl, tls, host = "127.0.0.1", properties }: KafkaServerOptions,
  port: number,
  controller: number,
  directory: string,
): Record<string, string | number> {
  const protocol = `${sasl ? "SASL_" : ""}${tls ? "SSL" : "PLAINTEXT"}`;
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INSIDE",
    listeners: `CLIENT://${host}:${port},CONTROLLER://127.0.0.1:${controller},INSIDE://127.0.0.1:0`,
    "advertised.listeners": `CLIENT://${host}:${port},INSIDE://127.0.0.1:${port}`,
    "listener.security.protocol.map": `CLIENT:${protocol},CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT`,
    "log.dirs": join(directory, "data"),
    "num.partitions": 4,
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": 4,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 500,
    "broker.session.timeout.ms": 3_000, // a server that was killed may come back after that
    "broker.heartbeat.interval.ms": 500,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "log.cleaner.enable": "false",
    ...(sasl && saslProperties(sasl.users)),
    ...(tls && {
      "listener.name.client.ssl.keystore.type": "PKCS12",
      "listener.name.client.ssl.keystore.location": join(directory, keystore),
      "listener.name.client.ssl.keystore.password": storePassword,
    }),
    ...properties,
  };
}

function saslProperties(users: Readonly<Record<string, string>>): Record<string, string> {
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const plain = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  const known = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.client.plain.sasl.jaas.config": `${plain} ${known.join(" ")};`,
    "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
  };
}

/** Makes a key and its certificate with the tool that comes with Java; answers the certificate. */
function makeKeystore({ java: program }: KafkaJars, directory: string): string {
  const keytool = join(dirname(realpathSync(program)), "keytool");
  const store = ["-keystore", join(directory, keystore), "-storetype", "PKCS12"];
  const common = ["-alias", "server", "-storepass", storePassword, ...store];
  const names = ["-dname", "CN=localhost", "-ext", "SAN=dns:localhost,ip:127.0.0.1"];
  execFileSync(keytool, ["-genkeypair", "-keyalg", "EC", "-validity", "2", ...names, ...common], {
    stdio: "pipe",
  });
  return execFileSync(keytool, ["-exportcert", "-rfc", ...common], { encoding: "utf8" });
}

const lines = (properties: Readonly<Record<string, string | number>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

const listening = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(port, host, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
