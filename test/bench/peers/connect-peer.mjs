/** connect-node's own protocol over either version of HTTP. */
import { once } from "node:events";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { Greeter } from "./connect-definition.mjs";
import { hello } from "./hello.mjs";

const routes = (router) =>
  router.service(Greeter, {
    hello: (request) => hello(request),
    async *ticks({ name, count }) {
      for (let n = 0; n < count; n++) yield hello({ name });
    },
    async *chat(requests) {
      for await (const request of requests) yield hello(request);
    },
  });

/**
 * @param createServer of `node:http` or `node:http2`
 * @param transportOptions those of `createConnectTransport` beside the address
 */
export function connectPeer(createServer, transportOptions) {
  return {
    async startServer({ port, host }) {
      const server = createServer(connectNodeAdapter({ routes }));
      await once(server.listen(port, host), "listening");
      return { close: async () => void server.close() };
    },

    async connect({ port, host }) {
      const transport = createConnectTransport({
        baseUrl: `http://${host}:${port}`,
        ...transportOptions,
      });
      const client = createClient(Greeter, transport);
      return {
        call: (request) => client.hello(request),
        stream: (request) => client.ticks(request),
        chat: (requests) => client.chat(requests),
        close: async () => {},
      };
    },
  };
}
