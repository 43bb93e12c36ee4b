import { Codec, definePlugin, type Plugin, type PluginFromSettings } from "../../../src/spi.js";
import { OctetStreamCodec } from "./octet-stream-codec.js";

/** Raw bytes under `application/octet-stream`: the value is a `Uint8Array`. */
export const octetStreamCodec = (): Plugin<Codec> =>
  definePlugin(Codec, "octet-stream", () => new OctetStreamCodec());

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => octetStreamCodec();
