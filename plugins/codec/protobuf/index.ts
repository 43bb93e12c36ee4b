import { Codec, definePlugin, type Plugin, type PluginFromSettings } from "../../../src/spi.js";
import { ProtobufCodec } from "./protobuf-codec.js";

export { generateContract, type GenerateContractOptions } from "./generate-contract.js";
export { loadProtoFile, type LoadProtoOptions } from "./load-proto-file.js";
export { parseProto } from "./parse-proto.js";
export { protoContract } from "./proto-contract.js";
export { ProtoError, type ProtoErrorReason } from "./proto-error.js";
export type { ProtoFile, ProtoMethod, ProtoService } from "./proto-file.js";

/** Protocol Buffers under `application/protobuf` and `application/proto`. Needs message types. */
export const protobufCodec = (): Plugin<Codec> =>
  definePlugin(Codec, "protobuf", () => new ProtobufCodec());

/** For `MICRO_*` settings. */
export const fromSettings: PluginFromSettings<Codec> = () => protobufCodec();
