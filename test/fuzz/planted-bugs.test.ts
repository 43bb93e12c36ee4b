import { expect, test } from "@jest/globals";
import { blame } from "./blame.js";
import { fuzzProtocols, type FuzzProtocol } from "./fuzz-protocols.js";
import { fuzzRun } from "./fuzz-run.js";

const planted = (fault: string): FuzzProtocol => ({
  ...fuzzProtocols["frames"]!,
  target: ["planted-target", fault],
  honest: ["witness", "ping"],
});
const seed = 7;

test("a server without a fault passes", async () => {
  const { findings, attack } = await fuzzRun({
    protocol: planted("none"),
    seed,
    inputs: 300,
    lanes: 8,
  });
  expect(findings).toEqual([]);
  expect(attack.inputs).toBe(300);
}, 240_000);

test("a crash is found, and the input that does it alone", async () => {
  const protocol = planted("crash");
  const { findings } = await fuzzRun({ protocol, seed, inputs: 1_000, lanes: 1 });
  expect(findings).toMatchObject([{ kind: "died" }]);
  const [{ text, suspects = [] } = { text: "" }] = findings;
  expect(text).toContain("TypeError");
  const index = await blame(protocol, seed, suspects.slice(-6));
  expect(index).toBeDefined();
  const alone = await fuzzRun({ protocol, seed, from: index!, inputs: 1 });
  expect(alone.findings).toMatchObject([{ kind: "died" }]);
}, 240_000);

test.each([
  ["reject", "died", "nobody waits for this"],
  ["leak", "memory", "MiB before"],
  ["deaf", "witness", "no answer"],
])(
  "a server with the fault %s is found",
  async (fault, kind, text) => {
    const { findings } = await fuzzRun({ protocol: planted(fault), seed, inputs: 1_500, lanes: 8 });
    const found = findings.find((each) => each.kind === kind);
    expect(found?.text).toContain(text);
  },
  240_000,
);
