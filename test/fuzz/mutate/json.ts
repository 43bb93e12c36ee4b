import type { Chance } from "../chance.js";
import { edgeDecimals } from "./numbers.js";
import { mutateBytes } from "./bytes.js";

const deep = (open: string, close: string, times: number): string =>
  open.repeat(times) + close.repeat(times);

/** JSON, and what is nearly JSON, in the place of a value. */
const values: readonly string[] = [
  ...["null", "true", "{}", "[]", '""', "-0", "1e999", "-1e999", "1E400", "0.1e-400", '"\\ud800"'],
  ...['"\\u0000"', '"\\uZZZZ"', '"\\x41"', "nul", "NaN", "'a'", "[1,]", "{,}", '{"a":1,}', "//"],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ...['{"a":1,"a":2}', '{"toJSON":1}', '{"then":1}', '"\u2028"', '"AAAA"', '"AA=A"', '"=="'],
  ...[deep("[", "]", 200), deep('{"a":', "}", 200), deep("[", "", 5_000), deep("[", "]", 5_000)],
  ...[deep('{"children":[', "]}", 150), deep('{"children":[', "]}", 1_500)],
  ...[`"${"x".repeat(9_000)}"`, `[${"0,".repeat(2_000)}0]`, "1".repeat(2_000)],
  ...edgeDecimals,
  ...edgeDecimals.map((text) => JSON.stringify(text)),
];

/** Where values stand in a JSON text. */
const valuePlaces = /(?<=[:[,])\s*(?:"(?:[^"\\]|\\.)*"|[-\d.eE+]+|true|false|null|\{\}|\[\])/g;

/** A JSON text with values replaced, or its bytes changed. */
export function mutateJson(text: string, chance: Chance): Buffer {
  if (chance.once(3)) return mutateBytes(Buffer.from(text), chance, 1 + chance.below(3));
  if (chance.once(6)) return Buffer.from(chance.of(values));
  const places = [...text.matchAll(valuePlaces)];
  const place = places[chance.below(places.length)];
  if (!place) return Buffer.from(chance.of(values));
  const before = text.slice(0, place.index);
  return Buffer.from(before + chance.of(values) + text.slice(place.index + place[0].length));
}
