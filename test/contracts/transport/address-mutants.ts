import { Unavailable, type RpcError } from "../../../src/spi.js";
import { withListener, withTransport, type TransportMutant } from "./mutant.js";

const refused = "dialling where nobody listens fails, naming the address";

/** Mutants of `address-clauses.ts`. */
export const addressMutants: readonly TransportMutant[] = [
  {
    name: "gives the address that it was asked for",
    kills: "a listener has the address that was bound",
    mutate: withListener(() => ({ address: "127.0.0.1:0" })),
  },
  {
    name: "does not say whom it could not reach",
    kills: refused,
    mutate: (transport) =>
      withTransport(transport, {
        dial: async (address, options) => {
          try {
            return await transport.dial(address, options);
          } catch {
            throw new Unavailable("connection failed", {
              reason: "transport.connect-failed",
              retry: "safe",
            });
          }
        },
      }),
  },
  {
    name: "does not say that a failed dial may be repeated",
    kills: refused,
    mutate: (transport) =>
      withTransport(transport, {
        dial: async (address, options) => {
          try {
            return await transport.dial(address, options);
          } catch (error) {
            throw new Unavailable((error as RpcError).detail, {
              reason: "transport.connect-failed",
            });
          }
        },
      }),
  },
  {
    name: "dials although nobody wants it any more",
    kills: "dialling ends with its signal",
    mutate: (transport) => withTransport(transport, { dial: (address) => transport.dial(address) }),
  },
  {
    name: "listens elsewhere when an address is in use",
    kills: "an address is listened on once",
    mutate: (transport) =>
      withTransport(transport, {
        listen: (address, options) =>
          transport.listen(address, options).catch(() => transport.listen(":0", options)),
      }),
  },
];
