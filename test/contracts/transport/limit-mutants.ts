import type { DialOptions, ListenOptions, Transport } from "../../../src/spi.js";
import { withTransport, type TransportMutant } from "./mutant.js";

const listening =
  (change: (options: ListenOptions) => ListenOptions) =>
  (transport: Transport): Transport =>
    withTransport(transport, {
      listen: (address, options = {}) => transport.listen(address, change(options)),
    });

const dialling =
  (change: (options: DialOptions) => DialOptions) =>
  (transport: Transport): Transport =>
    withTransport(transport, {
      dial: (address, options = {}) => transport.dial(address, change(options)),
    });

const anyBody = <T extends DialOptions>(options: T): T => ({
  ...options,
  maxMessageBytes: 8_388_608,
});
const anyHeaders = <T extends DialOptions>(options: T): T => ({
  ...options,
  maxHeaderBytes: 8_388_608,
});

/** Mutants of `limit-clauses.ts`. */
export const limitMutants: readonly TransportMutant[] = [
  {
    name: "takes one byte less than it says",
    kills: "a body of exactly the limit passes",
    mutate: listening(({ maxMessageBytes = 1_000, ...options }) => ({
      ...options,
      maxMessageBytes: maxMessageBytes - 1,
    })),
  },
  {
    name: "listens to bodies of any size",
    kills: "a listener refuses a body over its limit",
    mutate: listening(anyBody),
  },
  {
    name: "listens to headers of any size",
    kills: "a listener refuses headers over its limit",
    mutate: listening(anyHeaders),
  },
  {
    name: "dials for bodies of any size",
    kills: "a dialler refuses a body over its limit",
    mutate: dialling(anyBody),
  },
  {
    name: "dials for headers of any size",
    kills: "a dialler refuses headers over its limit",
    mutate: dialling(anyHeaders),
  },
];
