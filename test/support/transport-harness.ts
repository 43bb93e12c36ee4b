import type { Environment, Plugin, Transport } from "../../src/spi.js";
import type { TransportHarness } from "../contracts/transport-contract.js";

/** A harness of one transport, which is closed with it. */
export const transportHarness =
  (
    plugin: () => Plugin<Transport>,
    environment: () => Environment,
    { address = "127.0.0.1:0", patienceMs = 5_000 } = {},
  ) =>
  async (): Promise<TransportHarness & AsyncDisposable> => {
    const made = environment();
    const transport = await plugin().create(made);
    return {
      transport,
      address,
      environment: made,
      patienceMs,
      [Symbol.asyncDispose]: () => transport.close(),
    };
  };
