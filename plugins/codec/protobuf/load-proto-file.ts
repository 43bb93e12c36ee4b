import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import protobuf from "protobufjs";
import { buildProtoFile } from "./build-proto-file.js";
import { addBundledImport } from "./bundled-import.js";
import { ProtoError } from "./proto-error.js";
import type { ProtoFile } from "./proto-file.js";
import { parseSource, type ProtoSource } from "./proto-source.js";

/** Options of {@link loadProtoFile}. */
export interface LoadProtoOptions {
  /** Where imports are looked for, in this order. Default: the folder of the file. */
  readonly includeDirs?: readonly string[];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ProtoError("proto.import", `cannot read ${path}`, { cause: error });
  }
}

/**
 * Reads a proto3 file and what it imports, synchronously: for an app's set-up, not for its calls.
 *
 * Only feed it files that you trust: message codecs are compiled from them.
 * @throws ProtoError as {@link parseProto}; `proto.import` names the import and the folders searched.
 */
export function loadProtoFile(
  path: string,
  { includeDirs = [dirname(path)] }: LoadProtoOptions = {},
): ProtoFile {
  const root = new protobuf.Root();
  const seen = new Set<string>();

  const load = (file: string): ProtoSource => {
    seen.add(file);
    const source = parseSource(read(file), root, file);
    for (const name of source.imports) {
      const found = includeDirs.map((folder) => join(folder, name)).find(existsSync);
      if (found !== undefined) {
        if (!seen.has(found)) load(found);
      } else if (seen.has(name)) continue;
      else if (addBundledImport(name, root)) seen.add(name);
      else {
        const searched = includeDirs.join(", ");
        throw new ProtoError("proto.import", `${file} imports ${name}, not found in ${searched}`);
      }
    }
    return source;
  };

  return buildProtoFile(root, load(path));
}
