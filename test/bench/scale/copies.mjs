import { median } from "../harness/median.mjs";
import { figure } from "../harness/table.mjs";

export const id = "copies";
export const title = "A copy with more fields";
export const note =
  "What an object of two fields with one more costs, nanoseconds. This is why a call is not put together by spreads.";

const copies = 200_000;
const repeats = 5;
const some = Array.from({ length: 20 }, (_, number) => ({ endpoint: `E.${number}`, tags: ["a"] }));

/** Each copies a different object, and adds what a call brings. */
const ways = {
  "{ ...object, more }": (at) => ({ ...some[at % some.length], more: at }),
  "{ ...object, ...more }": (at) => ({ ...some[at % some.length], ...{ more: at } }),
  "Object.assign({}, object, more)": (at) =>
    Object.assign({}, some[at % some.length], { more: at }),
};

export function measure(progress) {
  const lines = [["way", "ns"]];
  for (const [way, copy] of Object.entries(ways)) {
    let kept;
    const times = Array.from({ length: repeats + 1 }, () => {
      const began = process.cpuUsage();
      for (let at = 0; at < copies; at++) kept = copy(at);
      const { user, system } = process.cpuUsage(began);
      return ((user + system) * 1e3) / copies;
    });
    if (kept.more !== copies - 1) throw new Error(`${way} lost a field`);
    lines.push([`\`${way}\``, figure(median(times.slice(1)))]);
    progress(lines.at(-1));
  }
  return lines;
}
