import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Journal } from "../programs/journal.js";
import { deliveriesOf } from "./delivery.js";
import { readEntries } from "./entries.js";

describe("what was noted by several processes", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "plugboard-chaos-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const journal = (name: string): Journal => new Journal(join(folder, `${name}.journal`));

  test("tells lost and repeated events apart, by broker", () => {
    const caller = journal("caller");
    for (const id of ["kafka-1", "kafka-2", "kafka-3", "http-1"]) caller.write("acknowledged", id);
    const [one, other] = [journal("one"), journal("other")];
    one.write("event", "kafka-1");
    one.write("event", "kafka-2");
    other.write("event", "kafka-2");
    other.write("event", "http-1");
    other.write("event", "http-2"); // never acknowledged, so never missed
    const refused = { kafka: {}, http: { "broker.unreachable": 1 } };
    expect(deliveriesOf(readEntries(folder), refused)).toEqual([
      { broker: "kafka", acknowledged: 3, lost: 1, repeated: 1, refused: {} },
      {
        broker: "http",
        acknowledged: 1,
        lost: 0,
        repeated: 0,
        refused: { "broker.unreachable": 1 },
      },
    ]);
  });

  test("counts how often a call was run", () => {
    journal("one").write("write", "7");
    journal("other").write("write", "7");
    journal("other").write("write", "8");
    expect([...readEntries(folder).write]).toEqual([
      ["7", 2],
      ["8", 1],
    ]);
  });
});
