// A server of ours under Connect's suite, which tells it on standard input how to serve.
import { createApp, Module } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { grpcServer } from "plugboard/plugins/server/grpc";
import { realWorld } from "../support/real-world.js";
import type { TlsOptions } from "plugboard";
import { decode, encode, type ServerTask } from "./connect-contract.js";
import { ConformanceService } from "./connect-service.js";
import { readDelimited, writeDelimited } from "./delimited.js";

function tlsOf({ useTls, serverCreds, clientTlsCert }: ServerTask): TlsOptions | undefined {
  if (!useTls || !serverCreds) return undefined;
  const { cert: certificate, key } = serverCreds;
  return { certificate, key, ...(clientTlsCert.length > 0 && { ca: clientTlsCert }) };
}

async function serve(task: ServerTask): Promise<void> {
  const { messageReceiveLimit } = task;
  const tls = tlsOf(task);
  const limit = messageReceiveLimit > 0 ? { maxMessageBytes: messageReceiveLimit } : {};
  @Module({
    services: [ConformanceService],
    plugins: {
      server: grpcServer({
        address: "127.0.0.1:0",
        compression: "gzip",
        ...limit,
        ...(tls && { tls }),
      }),
      registry: memoryRegistry(),
      broker: memoryBroker(),
    },
  })
  class ConformanceModule {}
  const app = createApp(ConformanceModule, { environment: realWorld().environment });
  await app.start();
  const [host = "", port = ""] = app.address.split(":");
  const response = await encode("ServerCompatResponse", {
    host,
    port: Number(port),
    ...(tls?.certificate && { pemCert: tls.certificate }),
  });
  await writeDelimited(process.stdout, response);
  process.once("SIGTERM", () => process.exit(0));
}

async function main(): Promise<void> {
  for await (const request of readDelimited(process.stdin))
    return serve(await decode<ServerTask>("ServerCompatRequest", request));
}

void main();
