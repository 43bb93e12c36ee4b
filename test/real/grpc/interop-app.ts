import { createApp, Module } from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { grpcClient } from "plugboard/plugins/client/grpc";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { grpcServer } from "plugboard/plugins/server/grpc";
import { authority, serverTls } from "../../support/certificates.js";
import { realWorld } from "../support/real-world.js";
import { TestServiceClient, UnimplementedServiceClient } from "./interop-contract.js";
import { TestService } from "./interop-service.js";

/** An app under test, which serves the test cases and calls them. */
export interface InteropApp extends AsyncDisposable {
  /** `host:port` where it serves. */
  readonly address: string;
  readonly tests: TestServiceClient;
  readonly unimplemented: UnimplementedServiceClient;
}

/** Starts it. With `tls` it speaks nothing else. */
export async function startInteropApp(tls: boolean): Promise<InteropApp> {
  @Module({
    services: [TestService],
    plugins: {
      server: grpcServer({ address: "127.0.0.1:0", ...(tls && { tls: serverTls }) }),
      client: grpcClient({ retries: 0, ...(tls && { tls: authority() }) }),
      registry: memoryRegistry(),
      broker: memoryBroker(),
    },
  })
  class InteropModule {}
  const app = createApp(InteropModule, { environment: realWorld().environment });
  await app.start();
  return {
    address: app.address,
    tests: app.get(TestServiceClient),
    unimplemented: app.get(UnimplementedServiceClient),
    [Symbol.asyncDispose]: async () => {
      await app.stop();
    },
  };
}
