import protobuf from "protobufjs";
import { buildProtoFile } from "./build-proto-file.js";
import { addBundledImport } from "./bundled-import.js";
import { ProtoError } from "./proto-error.js";
import type { ProtoFile } from "./proto-file.js";
import { parseSource } from "./proto-source.js";

/**
 * Reads proto3 text that imports nothing but protobuf's own files.
 *
 * Only feed it text that you trust: message codecs are compiled from it.
 * @throws ProtoError `proto.syntax`, `proto.unsupported` (proto2, editions, groups, extensions),
 *   `proto.import`, `proto.unknown-name`.
 */
export function parseProto(text: string): ProtoFile {
  const root = new protobuf.Root();
  const source = parseSource(text, root, "proto text");
  for (const name of source.imports)
    if (!addBundledImport(name, root))
      throw new ProtoError("proto.import", `the text imports ${name}: load it with loadProtoFile`);
  return buildProtoFile(root, source);
}
