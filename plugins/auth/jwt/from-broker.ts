import type { Call } from "../../../src/spi.js";

/** An event that a broker delivers: who may publish it is the broker's to say. */
export const fromBroker = ({ side, context }: Call): boolean =>
  side === "subscriber" && context.peer === undefined;
