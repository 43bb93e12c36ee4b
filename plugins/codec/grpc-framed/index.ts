import {
  Codec,
  definePlugin,
  OptionError,
  requireWhole,
  type Plugin,
  type PluginFromSettings,
} from "../../../src/spi.js";
import { GrpcFramedCodec } from "./grpc-framed-codec.js";

/** Options of {@link grpcFramedCodec}. */
export interface GrpcFramedOptions {
  /** Writes what is in the frame: `protobufCodec()` or `jsonCodec()`. */
  readonly body: Plugin<Codec>;
  /** Bytes of a message, at most. Default 4 MiB (4,194,304), go-micro's and gRPC's own limit. */
  readonly maxBytes?: number;
}

/**
 * gRPC's five-byte frame around a codec: `application/grpc` and `application/grpc+proto` around
 * protobuf, `application/grpc+json` around JSON. One plugin a body.
 * @throws OptionError for `maxBytes` below 1.
 */
export function grpcFramedCodec({ body, maxBytes = 4_194_304 }: GrpcFramedOptions): Plugin<Codec> {
  requireWhole("grpcFramedCodec.maxBytes", maxBytes, 1);
  return definePlugin(
    Codec,
    `grpc+${body.name}`,
    async (environment) => new GrpcFramedCodec(await body.create(environment), maxBytes),
  );
}

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => {
  throw new OptionError("grpc-framed wraps a codec: say grpcFramedCodec({ body }) in code");
};
