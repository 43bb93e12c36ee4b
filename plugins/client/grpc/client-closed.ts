import { Unavailable } from "../../../src/spi.js";

/** Says that the client was closed. */
export const clientClosed = (): Unavailable =>
  new Unavailable("the client has been closed", {
    id: "plugboard.client",
    reason: "client.closed",
    retry: "never",
  });
