import type { Random } from "../../../src/spi.js";
import { seededRandom } from "../../support/seeded-random.js";

/** Choices that repeat for a seed. */
export class Chance {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed, "frames");
  }

  below(count: number): number {
    return Math.floor(this.random.next() * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const interesting = [0, 1, 2, 5, 9, 127, 128, 255];
const lengths = [0, 1, 3, 4, 8, 255, 65_535, 4_194_305, 0x3fff_ffff, 0x4000_0000, 0xffff_ffff];
const numbers = [0, 1, 65_535, 65_536, 65_537, 131_072, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

type Mutation = (frames: Buffer[], chance: Chance) => void;

/** Changes a frame, in place of the one that was there. */
const changed =
  (change: (frame: Buffer, chance: Chance) => Buffer): Mutation =>
  (frames, chance) => {
    const index = chance.below(frames.length);
    const frame = frames[index];
    if (frame && frame.length > 0) frames[index] = change(Buffer.from(frame), chance);
  };

const mutations: readonly Mutation[] = [
  changed((frame, chance) => {
    frame[chance.below(frame.length)]! ^= 1 << chance.below(8);
    return frame;
  }),
  changed((frame, chance) => {
    frame[chance.below(frame.length)] = chance.of(interesting);
    return frame;
  }),
  changed((frame, chance) => {
    const at = chance.below(frame.length + 1);
    const more = Buffer.alloc(1 + chance.below(4), chance.below(256));
    return Buffer.concat([frame.subarray(0, at), more, frame.subarray(at)]);
  }),
  changed((frame, chance) => {
    const at = chance.below(frame.length);
    return Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1 + chance.below(4))]);
  }),
  changed((frame, chance) => {
    if (frame.length >= 4) frame.writeUInt32BE(chance.of(lengths), 0);
    return frame;
  }),
  changed((frame, chance) => {
    if (frame.length >= 5) frame[4] = chance.below(14);
    return frame;
  }),
  changed((frame, chance) => {
    if (frame.length >= 9) frame.writeUInt32BE(chance.of(numbers), 5);
    return frame;
  }),
  // A payload that is cut or longer, with a length that fits.
  changed((frame, chance) => {
    if (frame.length < 9) return frame;
    const keep = 9 + chance.below(frame.length - 8);
    const cut = Buffer.concat([frame.subarray(0, keep), Buffer.alloc(chance.below(3), 0xff)]);
    cut.writeUInt32BE(cut.length - 9, 0);
    return cut;
  }),
  (frames, chance) => {
    const index = chance.below(frames.length);
    const frame = frames[index];
    if (frame) frames.splice(chance.below(frames.length + 1), 0, frame);
  },
  (frames, chance) => void frames.splice(chance.below(frames.length), 1),
  (frames, chance) => {
    const [frame] = frames.splice(chance.below(frames.length), 1);
    if (frame) frames.splice(chance.below(frames.length + 1), 0, frame);
  },
];

/** A valid exchange with a few faults in it. */
export function mutated(exchange: readonly Buffer[], chance: Chance): Buffer[] {
  const frames = [...exchange];
  const faults = 1 + chance.below(4);
  for (let fault = 0; fault < faults && frames.length > 0; fault++)
    chance.of(mutations)(frames, chance);
  return frames;
}

/** Notes promises that are rejected and left alone, until it is disposed of. */
export function unhandledRejections(): Disposable & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on("unhandledRejection", note);
  return { seen, [Symbol.dispose]: () => void process.off("unhandledRejection", note) };
}
