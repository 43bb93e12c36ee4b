/**
 * Plugboard for a foreign harness: `Greeter.Hello({ name }) -> { greeting }` as protobuf between two
 * processes, through the whole public path. Needs `npm run build`, nothing else.
 */
import { Greeter } from "./plugboard/greeter.mjs";
import { pair } from "./plugboard/pair.mjs";

export const name = "plugboard";
export const { startServer, connect } = pair({ serving: { services: [Greeter] } });
