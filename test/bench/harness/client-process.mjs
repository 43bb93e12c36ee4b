/** The client's side of a peer in a process of its own; does what the harness asks over IPC. */
import { Load, unary } from "./load.mjs";
import { serve } from "./answer.mjs";
import { chat, event, stream } from "./streams.mjs";

const lanes = { unary, stream, chat, event };
let client;
let load;

serve({
  async connect({ file, ...where }) {
    const { connect } = await import(file);
    client = await connect(where);
  },
  start({ spec }) {
    load = new Load(client, spec, lanes[spec.kind]);
    load.start();
  },
  open: () => load.open(),
  progress: () => ({ count: load.count, failure: load.failure?.stack }),
  close: () => load.close(),
  async stop() {
    await load.stop();
    return { count: load.count };
  },
  end: () => client?.close(),
});
