import { Broker, definePlugin, type Plugin, type PluginFromSettings } from "../../../src/spi.js";
import { KafkaBroker } from "./kafka-broker.js";
import { KafkajsDriver } from "./kafkajs-driver.js";
import { loadKafkajs } from "./load-kafkajs.js";
import { settingsOf, type KafkaBrokerOptions } from "./settings.js";

export type { KafkaBrokerOptions, KafkaFormat, KafkaSasl, KafkaTls } from "./settings.js";

/**
 * Events through Kafka, with the package `kafkajs`.
 * @throws OptionError for an option that makes no sense; on `create`, NotImplemented (`plugin.package-missing`) without kafkajs.
 */
export function kafkaBroker(options: KafkaBrokerOptions = {}): Plugin<Broker> {
  const settings = settingsOf(options);
  return definePlugin(Broker, "kafka", async (environment) => {
    const kafkajs = await loadKafkajs(environment.logger);
    return new KafkaBroker(
      settings,
      new KafkajsDriver(kafkajs, settings, environment),
      environment,
    );
  });
}

/** `MICRO_BROKER=kafka`; `MICRO_BROKER_ADDRESS` lists Kafka's servers. */
export const fromSettings: PluginFromSettings<Broker> = ({ addresses }) =>
  kafkaBroker(addresses.length > 0 ? { brokers: addresses } : {});
