import type { Chance } from "../chance.js";
import { bytesField, numberField, varint } from "../wire/protobuf.js";
import { mutateBytes } from "./bytes.js";
import { nastyText } from "./texts.js";

/** A field that does not fit the message, or is none. */
function strangeField(chance: Chance): Buffer {
  const field = chance.of([0, 1, 2, 3, 4, 5, 6, 7, 99, 536_870_911]);
  switch (chance.below(7)) {
    case 0: // of another wire type than the field's, groups and unknown ones among them
      return Buffer.concat([
        varint(field * 8 + chance.below(8)),
        Buffer.alloc(chance.below(10), 1),
      ]);
    case 1:
      return numberField(field, chance.of([0n, 1n, -1n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n]));
    case 2: // a number without end
      return Buffer.concat([varint(field * 8), Buffer.alloc(chance.of([9, 10, 11, 30]), 0xff)]);
    case 3: // a length past the end
      return Buffer.concat([
        varint(field * 8 + 2),
        varint(chance.of([1, 100, 2 ** 31, 2 ** 32 - 1])),
      ]);
    case 4:
      return bytesField(field, nastyText(chance));
    case 5: // messages in messages, or groups in groups
      return chance.once(2)
        ? Buffer.alloc(chance.of([10, 300, 5_000]), field * 8 + 3)
        : nested(chance.of([10, 99, 100, 101, 500]));
    default: // the key, in too many bytes
      return Buffer.concat([
        Buffer.alloc(chance.of([4, 9, 10]), 0x80),
        Buffer.of(chance.below(128)),
      ]);
  }
}

/** A `Node` in the field of a `Node`, so deep. */
function nested(depth: number): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) bytes = bytesField(2, bytes);
  return bytes;
}

/** A message with a few faults in it. */
export function mutateProtobuf(message: Buffer, chance: Chance): Buffer {
  if (chance.once(3)) return mutateBytes(message, chance, 1 + chance.below(3));
  const strange = strangeField(chance);
  return chance.once(2) ? Buffer.concat([message, strange]) : Buffer.concat([strange, message]);
}
