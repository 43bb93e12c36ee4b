import { test } from "@jest/globals";
import { runClause } from "../contracts/clause.js";
import { clientContract } from "../contracts/client-contract.js";
import { clientMutants } from "../contracts/client-mutants.js";
import { loopTransports } from "./loop-transport.js";
import { virtualPairHarness } from "./pair-harness.js";
test("why", async () => {
  const out: string[] = [];
  for (const m of clientMutants) {
    const c = clientContract.clauses.find((x) => x.title === m.kills)!;
    await runClause(c, () => virtualPairHarness({ transport: loopTransports() }, m.broken)).then(() => out.push("SURVIVES " + m.name), (e) => out.push(m.name + "  ==> " + String(e.message).replace(/\s+/g, " ").slice(0, 110)));
  }
  process.stdout.write(out.join("\n") + "\n");
}, 60000);
