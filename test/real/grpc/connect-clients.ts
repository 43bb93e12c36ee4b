import { createService, type PlainService } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { grpcClient, type GrpcClientOptions } from "plugboard/plugins/client/grpc";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { memoryTransport } from "plugboard/plugins/transport/memory";
import { Closers } from "../support/closers.js";
import { realWorld } from "../support/real-world.js";
import type { ClientTask } from "./connect-contract.js";

/** A client for each kind of settings that the suite asks for. */
export class ConnectClients implements AsyncDisposable {
  readonly #closers = new Closers();
  readonly #services = new Map<string, Promise<PlainService>>();

  get(task: ClientTask): Promise<PlainService> {
    const options = optionsOf(task);
    const key = JSON.stringify(options);
    let service = this.#services.get(key);
    if (!service) this.#services.set(key, (service = this.#start(options)));
    return service;
  }

  async #start(options: GrpcClientOptions): Promise<PlainService> {
    return this.#closers.add(
      await createService({
        name: "connect-client",
        environment: realWorld().environment,
        plugins: {
          client: grpcClient(options),
          transport: memoryTransport(),
          registry: memoryRegistry(),
          broker: memoryBroker(),
        },
      }).start(),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closers[Symbol.asyncDispose]();
  }
}

const optionsOf = ({
  compression,
  messageReceiveLimit,
  serverTlsCert: ca,
  clientTlsCreds,
}: ClientTask): GrpcClientOptions => ({
  retries: 0,
  compression: compression === "COMPRESSION_GZIP" ? "gzip" : "identity",
  ...(ca.length > 0 && {
    tls: {
      ca,
      ...(clientTlsCreds && { certificate: clientTlsCreds.cert, key: clientTlsCreds.key }),
    },
  }),
  ...(messageReceiveLimit > 0 && { maxMessageBytes: messageReceiveLimit }),
});
