/**
 * The caller: makes calls at a rate, and publishes events through three brokers. Events of the memory
 * broker, which knows one process only, are published and consumed here.
 */
import { createApp, createService, Module, RpcClient } from "plugboard";
import { httpBroker } from "plugboard/plugins/broker/http";
import { kafkaBroker } from "plugboard/plugins/broker/kafka";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { Audit } from "./audit.js";
import { CallLog } from "./call-log.js";
import { answer, hangUp, tell } from "./control.js";
import { Journal } from "./journal.js";
import { Load } from "./load.js";
import { memoryUse } from "./memory-use.js";
import { Ticker } from "./ticker.js";
import { variable } from "./variables.js";
import { WorkClient } from "./work.client.js";

const journal = new Journal(variable("CHAOS_JOURNAL"));

@Module({
  services: [Audit],
  providers: [{ provide: Journal, useValue: journal }],
  plugins: { broker: memoryBroker() },
})
class CallerModule {}

async function main(): Promise<void> {
  const app = await createApp(CallerModule).start();
  const overHttp = createService({
    name: "publisher",
    plugins: { broker: httpBroker({ address: variable("MICRO_SERVER_ADDRESS") }) },
  });
  const overKafka = createService({
    name: "publisher",
    plugins: { broker: kafkaBroker({ brokers: [variable("CHAOS_KAFKA")] }) },
  });
  await overHttp.start();
  await overKafka.start();
  const load = new Load(app.get(WorkClient));
  const tickers = {
    memory: new Ticker("memory", app.get(RpcClient), journal),
    http: new Ticker("http", overHttp.client, journal),
    kafka: new Ticker("kafka", overKafka.client, journal),
  };
  answer({
    start: (rates: { readonly callsPerSecond: number; readonly eventsPerSecond: number }) => {
      load.start(rates.callsPerSecond);
      for (const ticker of Object.values(tickers)) ticker.start(rates.eventsPerSecond);
    },
    calls: () => load.log.size,
    figures: ({ from, to }: { readonly from: number; readonly to: number }) =>
      load.log.figures(from, to),
    rightAgain: ({ since, nodes }: { readonly since: number; readonly nodes: readonly string[] }) =>
      load.log.rightAgainMs(since, nodes),
    forget: () => void (load.log = new CallLog()),
    memory: memoryUse,
    stop: async () => {
      const [memory, http, kafka] = await Promise.all([
        tickers.memory.stop(),
        tickers.http.stop(),
        tickers.kafka.stop(),
        load.stop(),
      ]);
      return { memory, http, kafka };
    },
    end: async () => {
      await Promise.all([app.stop(), overHttp.stop(), overKafka.stop()]);
      setImmediate(hangUp);
    },
  });
  tell("ready");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
