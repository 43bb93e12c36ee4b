/** A node: what serves in the scenarios. Its plugins are chosen by the environment alone. */
import { Module, run } from "plugboard";
import { Audit } from "./audit.js";
import { answer, hangUp, tell } from "./control.js";
import { Journal } from "./journal.js";
import { memoryUse } from "./memory-use.js";
import { Pace } from "./pace.js";
import { StreamLedger } from "./stream-ledger.js";
import { variable } from "./variables.js";
import { Work } from "./work.js";

const pace = new Pace();
const ledger = new StreamLedger();
pace.ms = Number(variable("CHAOS_PACE_MS"));

@Module({
  services: [Work, Audit],
  providers: [
    { provide: Pace, useValue: pace },
    { provide: StreamLedger, useValue: ledger },
    { provide: Journal, useValue: new Journal(variable("CHAOS_JOURNAL")) },
  ],
})
class NodeModule {}

answer({
  pace: (ms: number) => void (pace.ms = ms),
  streams: () => ledger.counts,
  memory: memoryUse,
});

async function main(): Promise<void> {
  const app = await run(NodeModule);
  tell("ready");
  const { cut } = await app.stopped;
  tell("drained", { cut });
  hangUp(); // and the process ends by itself, if nothing was left open
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
