import { test } from "@jest/globals";
import { appendFileSync, writeFileSync } from "node:fs";
import { runClause, type Contract } from "../contracts/clause.js";
import { clientContract } from "../contracts/client-contract.js";
import { clientMutants } from "../contracts/client-mutants.js";
import { serviceContract } from "../contracts/service-contract.js";
import { serviceMutants } from "../contracts/service-mutants.js";
import { overMemory } from "./pair-transports.js";
import { serverContract } from "../contracts/server-contract.js";
import { serverMutants } from "../contracts/server-mutants.js";
import { loopTransports } from "./loop-transport.js";
import { virtualPairHarness, virtualServiceHarness } from "./pair-harness.js";
const which = process.env["WHICH"];
const contract: Contract<any> = which === "client" ? clientContract : which === "service" ? serviceContract : serverContract;
const mutants = (which === "client" ? clientMutants : which === "service" ? serviceMutants : serverMutants) as readonly any[];
test("why", async () => {
  writeFileSync("/tmp/why.txt", "");
  for (const m of mutants) {
    const c = contract.clauses.find((x) => x.title === m.kills)!;
    const line = await Promise.race([
      runClause(c, () => which === "service" ? virtualServiceHarness({ transport: overMemory }, m.broken) : virtualPairHarness({ transport: loopTransports() }, m.broken)).then(() => "SURVIVES " + m.name, (e) => m.name + "  ==> " + String(e.message).replace(/\s+/g, " ").slice(0, 110)),
      new Promise((r) => setTimeout(() => r("HANGS " + m.name), 3000)),
    ]);
    appendFileSync("/tmp/why.txt", line + "\n");
  }
}, 100000);
