/** The same as `adapter.mjs`, over mucp HTTP: as a client that knows no frames would call. */
import { Greeter } from "./plugboard/greeter.mjs";
import { withoutFrames } from "./plugboard/frames.mjs";
import { pair } from "./plugboard/pair.mjs";

export const name = "plugboard-http";
export const { startServer, connect } = pair({
  serving: { services: [Greeter] },
  metadata: withoutFrames,
});
