import type { Codec, Plugin } from "../../src/spi.js";
import type { MakeHarness } from "../contracts/clause.js";
import type { CodecHarness, CodecSupports } from "../contracts/codec-contract.js";
import { virtualWorld } from "./virtual-environment.js";

/** A harness for the contract of codecs, around what `plugin` makes. */
export const codecHarness =
  (
    plugin: Plugin<Codec>,
    supports: CodecSupports,
    mutate: (codec: Codec) => Codec = (codec) => codec,
  ): MakeHarness<CodecHarness> =>
  async () => {
    const codec = mutate(await plugin.create(virtualWorld().environment()));
    return { codec, supports, [Symbol.asyncDispose]: () => codec.close().catch(() => undefined) };
  };
