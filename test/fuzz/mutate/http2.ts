import type { Chance } from "../chance.js";
import { h2, http2Frame, settingsFrame, u32, type Http2Frame } from "../wire/http2-frame.js";
import { hpackNoise } from "../wire/hpack.js";
import { mutateBytes } from "./bytes.js";
import { mutateList } from "./lists.js";
import { edgeNumbers } from "./numbers.js";

/** A frame that fits nothing in particular. */
export function anyHttp2Frame(stream: number, chance: Chance): Http2Frame {
  const on = chance.of([0, stream, stream, stream + 1, stream + 2, 0x7fff_ffff]);
  switch (chance.below(9)) {
    case 0:
      return http2Frame(h2.reset, on, u32(chance.of([0, 1, 2, 5, 7, 8, 11, 13, 0xffff_ffff])));
    case 1:
      return http2Frame(
        h2.windowUpdate,
        on,
        u32(chance.of([0, 1, 65_535, 0x7fff_ffff, 0x8000_0000])),
      );
    case 2:
      return http2Frame(
        h2.ping,
        0,
        Buffer.alloc(chance.of([8, 8, 8, 0, 7, 9]), 1),
        chance.below(2),
      );
    case 3:
      return settingsFrame([chance.below(9), chance.of(edgeNumbers)]);
    case 4:
      return http2Frame(h2.settings, 0, Buffer.alloc(0), 1);
    case 5:
      return http2Frame(h2.priority, on, Buffer.alloc(chance.of([5, 5, 4, 6]), chance.below(256)));
    case 6:
      return http2Frame(h2.data, on, Buffer.alloc(chance.of([0, 1, 5, 100])), chance.below(2));
    case 7:
      return http2Frame(h2.continuation, on, hpackNoise(chance), 4);
    default:
      return http2Frame(
        chance.of([7, 5, 10, 12, 255]),
        on,
        Buffer.alloc(chance.below(20)),
        chance.below(256),
      );
  }
}

/** Frames with a few faults in them. */
export function mutateHttp2(
  frames: readonly Http2Frame[],
  stream: number,
  chance: Chance,
): Http2Frame[] {
  let changed = [...frames];
  for (let fault = 0, faults = 1 + chance.below(3); fault < faults; fault++) {
    const at = chance.below(changed.length);
    const one = changed[at];
    const what = chance.below(12);
    if (!one || what < 3) changed = mutateList(changed, chance);
    else if (what < 5) changed.splice(at, 0, anyHttp2Frame(stream, chance));
    else if (what < 8) changed[at] = { ...one, payload: mutateBytes(one.payload, chance) };
    else if (what === 8) changed[at] = { ...one, flags: one.flags ^ (1 << chance.below(6)) };
    else if (what === 9)
      changed[at] = {
        ...one,
        stream: chance.of([0, stream, stream + 2, stream - 2, 2, 0x7fff_ffff]),
      };
    else if (what === 10 && chance.once(4))
      changed[at] = {
        ...one,
        length: chance.of([0, 1, 16_384, 16_385, 0xff_ffff, one.payload.length + 1]),
      };
    else if (one.type === h2.headers)
      changed[at] = { ...one, payload: Buffer.concat([one.payload, hpackNoise(chance)]) };
    else changed[at] = { ...one, type: chance.below(11) };
  }
  return changed;
}
