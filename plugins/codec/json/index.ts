import { Codec, definePlugin, type Plugin, type PluginFromSettings } from "../../../src/spi.js";
import { JsonCodec } from "./json-codec.js";

/**
 * JSON under `application/json`: by proto3's mapping where a message type is declared, else as
 * `JSON.stringify` has it, with `Uint8Array` as base64, bigint as decimal text and dates in ISO 8601.
 */
export const jsonCodec = (): Plugin<Codec> => definePlugin(Codec, "json", () => new JsonCodec());

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => jsonCodec();
