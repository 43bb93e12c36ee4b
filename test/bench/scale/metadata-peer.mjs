/** The greeter called with as many metadata keys as the module's own URL says: `?keys=10`. */
import { URL } from "node:url";
import { Greeter } from "../plugboard/greeter.mjs";
import { pair } from "../plugboard/pair.mjs";

const keys = Number(new URL(import.meta.url).searchParams.get("keys"));
const metadata = Object.fromEntries(
  Array.from({ length: keys }, (_, at) => [`x-bench-key-${at}`, `value ${at} of the caller`]),
);

export const name = "metadata";
export const { startServer, connect } = pair({
  serving: { services: [Greeter] },
  callOptions: { metadata },
});
