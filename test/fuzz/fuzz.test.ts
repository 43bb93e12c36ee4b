import { expect, test } from "@jest/globals";
import { Chance } from "./chance.js";
import { fuzzProtocols } from "./fuzz-protocols.js";
import { fuzzRun } from "./fuzz-run.js";
import { mdnsDatagram } from "./protocols/mdns-server.js";

const seed = 20_261;
const inputs = 200;
/** The others run with `npm run test:fuzz` alone. */
const chosen = ["mucp", "frames", "grpc", "http", "mdns", "frames-client"];

test.each(chosen)(
  `%s: ${inputs} inputs with faults, and everybody honest is served`,
  async (name) => {
    const { findings, attack, witness } = await fuzzRun({
      protocol: fuzzProtocols[name]!,
      seed,
      inputs,
      lanes: 8,
    });
    expect(findings).toEqual([]);
    expect(attack.inputs).toBe(inputs);
    expect(witness.calls).toBeGreaterThan(0);
    expect(witness.failed).toBe(0);
  },
  180_000,
);

test("an input follows from seed and index alone", () => {
  const { way } = fuzzProtocols["frames"]!;
  if (way.over !== "tcp") throw new TypeError("frames go over TCP");
  const of = (from: number, index: number) =>
    way.protocol.input(new Chance(from, index), index, { port: 0 }).bytes.toString("hex");
  expect(of(1, 5)).toBe(of(1, 5));
  const different = new Set([of(1, 5), of(2, 5), of(1, 6), of(1, 7)]);
  expect(different.size).toBe(4);
  expect(mdnsDatagram(new Chance(1, 1))).toEqual(mdnsDatagram(new Chance(1, 1)));
});
