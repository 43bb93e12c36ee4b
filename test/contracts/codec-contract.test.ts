import { describe, expect, test } from "@jest/globals";
import { jsonCodec } from "../../plugins/codec/json/index.js";
import { jsonRpcCodec } from "../../plugins/codec/json-rpc/index.js";
import { protobufCodec } from "../../plugins/codec/protobuf/index.js";
import type { Codec, Plugin } from "../../src/spi.js";
import { codecHarness } from "../support/codec-harness.js";
import { runClause } from "./clause.js";
import { codecContract, type CodecSupports } from "./codec-contract.js";
import { codecMutants } from "./codec-mutants.js";

/** A correct codec that supports what is asked. */
function correct({ schemaless, envelope }: CodecSupports): Plugin<Codec> {
  if (envelope) return jsonRpcCodec({ body: jsonCodec() });
  return schemaless ? jsonCodec() : protobufCodec();
}

describe("the codec contract bites", () => {
  const all = [
    { messages: true, schemaless: false, envelope: false },
    { messages: true, schemaless: true, envelope: true },
  ].flatMap((supports) => codecContract(supports).clauses);
  const titles = [...new Set(all.map(({ title }) => title))];

  test("every clause has a mutant", () => {
    const killed = new Set(codecMutants.map(({ kills }) => kills));
    expect([...titles].sort()).toEqual([...killed].sort());
  });

  test.each(codecMutants.map((mutant) => [mutant.name, mutant.kills, mutant] as const))(
    'a codec that %s fails "%s"',
    async (_, kills, { on, mutate }) => {
      const clause = codecContract(on).clauses.find(({ title }) => title === kills)!;
      await runClause(clause, codecHarness(correct(on), on));
      await expect(runClause(clause, codecHarness(correct(on), on, mutate))).rejects.toThrow();
    },
  );
});
