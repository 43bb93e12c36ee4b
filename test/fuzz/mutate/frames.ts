import { frame } from "../../src/frames/frame-bytes.js";
import type { Chance } from "../chance.js";
import { mutateBytes } from "./bytes.js";
import { mutateList } from "./lists.js";
import { edgeNumbers } from "./numbers.js";
import { nastyText } from "./texts.js";

/** Bytes of a frame's head. */
const head = 9;

/** The frame with another payload, and a length that fits. */
function withPayload(one: Buffer, payload: Buffer): Buffer {
  if (one.length < head) return one;
  return frame(one[4]!, one.readUInt32BE(5), payload);
}

function mutateFrame(one: Buffer, numbers: readonly number[], chance: Chance): Buffer {
  if (one.length < head) return mutateBytes(one, chance);
  const changed = Buffer.from(one);
  switch (chance.below(9)) {
    case 0: // a length that lies: mostly by little, so that more than one frame goes wrong
      changed.writeUInt32BE(
        chance.once(3)
          ? chance.of(edgeNumbers)
          : Math.max(0, one.length - head + chance.below(9) - 4),
        0,
      );
      return changed;
    case 1:
      changed[4] = chance.once(6) ? chance.below(256) : chance.below(15);
      return changed;
    case 2:
      changed.writeUInt32BE(chance.once(2) ? chance.of(numbers) : chance.of(edgeNumbers), 5);
      return changed;
    case 3:
      return withPayload(one, one.subarray(head, head + chance.below(one.length - head + 1)));
    case 4:
      return withPayload(one, Buffer.concat([one.subarray(head), nastyText(chance)]));
    case 5:
      return mutateBytes(one, chance, 1 + chance.below(2));
    default:
      return withPayload(one, mutateBytes(one.subarray(head), chance, 1 + chance.below(3)));
  }
}

/** Frames with a few faults in them. `numbers` are those of calls that mean something here. */
export function mutateFrames(
  frames: readonly Buffer[],
  others: readonly Buffer[],
  numbers: readonly number[],
  chance: Chance,
): Buffer[] {
  let changed = [...frames];
  for (let fault = 0, faults = 1 + chance.below(3); fault < faults; fault++) {
    const at = chance.below(changed.length);
    const one = changed[at];
    if (one && !chance.once(4)) changed[at] = mutateFrame(one, numbers, chance);
    else changed = mutateList(changed, chance, others);
  }
  return changed;
}
