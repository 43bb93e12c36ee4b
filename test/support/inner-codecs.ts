/** What codecs that wrap another one are tested around. */
export { jsonCodec } from "../../plugins/codec/json/index.js";
export { parseProto, protobufCodec } from "../../plugins/codec/protobuf/index.js";
