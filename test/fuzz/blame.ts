import { fuzzRun } from "./fuzz-run.js";
import type { FuzzProtocol } from "./fuzz-protocols.js";

/** Whether a fresh process dies of inputs `from` to `to`, the latter left out. */
async function kills(
  protocol: FuzzProtocol,
  seed: number,
  from: number,
  to: number,
  memory: boolean,
): Promise<boolean> {
  const { findings } = await fuzzRun({ protocol, seed, from, inputs: to - from, lanes: 1, memory });
  return findings.some(({ kind }) => kind === "died");
}

/** The input of `suspects` that ends a process by itself; undefined when none does alone. */
export async function blame(
  protocol: FuzzProtocol,
  seed: number,
  suspects: readonly number[],
  memory = false,
): Promise<number | undefined> {
  if (suspects.length === 0) return undefined;
  let from = Math.min(...suspects);
  let to = Math.max(...suspects) + 1;
  if (!(await kills(protocol, seed, from, to, memory))) return undefined;
  while (to - from > 1) {
    const middle: number = from + Math.ceil((to - from) / 2);
    if (await kills(protocol, seed, from, middle, memory)) to = middle;
    else if (await kills(protocol, seed, middle, to, memory)) from = middle;
    else return undefined;
  }
  return from;
}
