import { test } from "@jest/globals";
import { runClause } from "../contracts/clause.js";
import { serverContract } from "../contracts/server-contract.js";
import { serverMutants } from "../contracts/server-mutants.js";
import { loopTransports } from "./loop-transport.js";
import { virtualPairHarness } from "./pair-harness.js";
test("why", async () => {
  const out: string[] = [];
  for (const m of serverMutants) {
    const c = serverContract.clauses.find((x) => x.title === m.kills)!;
    await runClause(c, () => virtualPairHarness({ transport: loopTransports() }, m.broken)).then(() => out.push("SURVIVES " + m.name), (e) => out.push(m.name + "  ==> " + String(e.message).replace(/\s+/g, " ").slice(0, 110)));
  }
  process.stdout.write(out.join("\n") + "\n");
}, 60000);
