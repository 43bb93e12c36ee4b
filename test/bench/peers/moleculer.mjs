/** Two Moleculer brokers over its TCP transporter, which find each other by an address, not by UDP. */
import { once } from "node:events";
import { createServer } from "node:net";
import moleculer from "moleculer";
import { hello } from "./hello.mjs";

export const name = "moleculer";

async function freePort(host) {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

const broker = (nodeID, urls) =>
  new moleculer.ServiceBroker({
    nodeID,
    logger: false,
    transporter: { type: "TCP", options: { udpDiscovery: false, urls } },
  });

export async function startServer({ port, host, onEvent = () => {} }) {
  const server = broker("server", [`${host}:${port}/server`]);
  server.createService({
    name: "greeter",
    actions: { hello: (context) => hello(context.params) },
    events: { greeted: (context) => onEvent(context.params) },
  });
  await server.start();
  return { close: () => server.stop() };
}

export async function connect({ port, host }) {
  const own = await freePort(host);
  const client = broker("client", [`${host}:${port}/server`, `${host}:${own}/client`]);
  await client.start();
  await client.waitForServices("greeter", 20_000);
  return {
    call: (request) => client.call("greeter.hello", request),
    publish: (event) => client.emit("greeted", event),
    close: () => client.stop(),
  };
}
