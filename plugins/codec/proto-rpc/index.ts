import {
  Codec,
  definePlugin,
  OptionError,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { ProtoRpcCodec } from "./proto-rpc-codec.js";

/** Options of {@link protoRpcCodec}. */
export interface ProtoRpcOptions {
  /** Writes the messages: `protobufCodec()`. */
  readonly body: Plugin<Codec>;
}

/** go-micro's protobuf RPC under `application/proto-rpc`: an envelope, then the message. */
export const protoRpcCodec = ({ body }: ProtoRpcOptions): Plugin<Codec> =>
  definePlugin(
    Codec,
    "proto-rpc",
    async (environment) => new ProtoRpcCodec(await body.create(environment)),
  );

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => {
  throw new OptionError("proto-rpc wraps a codec: say protoRpcCodec({ body }) in code");
};
