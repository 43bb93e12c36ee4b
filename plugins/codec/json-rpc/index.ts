import {
  Codec,
  definePlugin,
  OptionError,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { JsonRpcCodec } from "./json-rpc-codec.js";

/** Options of {@link jsonRpcCodec}. */
export interface JsonRpcOptions {
  /** Writes the values: `jsonCodec()`. */
  readonly body: Plugin<Codec>;
}

/** go-micro's JSON-RPC 1.0 under `application/json-rpc`. */
export const jsonRpcCodec = ({ body }: JsonRpcOptions): Plugin<Codec> =>
  definePlugin(
    Codec,
    "json-rpc",
    async (environment) => new JsonRpcCodec(await body.create(environment)),
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => {
  throw new OptionError("json-rpc wraps a codec: say jsonRpcCodec({ body: jsonCodec() }) in code");
};
