/** Events from a publisher to a subscriber of another process, by the default broker. */
import { Registry } from "plugboard";
import { httpBroker } from "plugboard/plugins/broker/http";
import { GreetedPublisher, listener } from "./greeter.mjs";
import { startApp } from "./pair.mjs";

export const name = "plugboard-events";

/** What the http broker's subscriptions are registered as. */
const brokerService = "micro.http.broker";
const local = "127.0.0.1:0";
const broker = httpBroker({ address: local });

export async function startServer({ onEvent = () => {} }) {
  const app = await startApp({ services: [listener(onEvent)] }, local, { broker });
  const info = await app.get(Registry).getService(brokerService);
  return { info, close: () => app.stop() };
}

/** `info` is what the subscriber's process has in its registry. */
export async function connect({ info }) {
  const app = await startApp({}, local, { broker });
  for (const record of info) await app.get(Registry).register(record);
  const greeted = app.get(GreetedPublisher);
  return {
    confirms: true,
    publish: (event) => greeted.publish(event),
    close: () => app.stop(),
  };
}
