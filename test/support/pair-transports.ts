import { realEnvironment } from "../../plugins/standard/environment.js";
import { httpTransport } from "../../plugins/transport/http/index.js";
import { memoryHub, memoryTransport } from "../../plugins/transport/memory/index.js";
import { definePlugin, silentLogger, Transport } from "../../src/spi.js";
import { mutualTls } from "./certificates.js";
import type { PairParts } from "./pair-harness.js";

/** What the processes of a harness reach each other by. */
export type PairTransport = PairParts["transport"];

export const overMemory: PairTransport = () => {
  const hub = memoryHub();
  return () => memoryTransport({ hub });
};

export const overHttp: PairTransport = () => () => httpTransport();

/** Over sockets, which the virtual network has none of: TLS is Node's. */
export const overTls: PairTransport = () => () =>
  definePlugin(Transport, "http", (environment) =>
    httpTransport({ tls: mutualTls }).create({
      ...environment,
      network: realEnvironment({ logger: silentLogger }).network,
    }),
  );
