import { BadRequest } from "../base/errors.js";
import { newMetadata, type Metadata, type MutableMetadata } from "../base/metadata.js";
import { isIncoming, isOfTheProtocol } from "../call/headers.js";

/** A name and what stands under it; bytes under names that end with `-bin`. */
export type WireEntry = readonly [name: string, value: string | Buffer];

/** Header that lists the names whose texts went as bytes, because they are not plain ASCII. */
const textNames = "plugboard-text";

const plain = /^([!-~]([ -~]*[!-~])?)?$/;
const legalName = /^[0-9a-z_.-]+$/;

/**
 * Metadata as gRPC takes it: plain ASCII as it is, other texts as UTF-8 under `name-bin`. A name that
 * ends with `-bin` itself has base64. Names of HTTP and gRPC are left out.
 * @throws BadRequest `transport.bad-header` for a name that gRPC does not allow.
 */
export function toWireMetadata(metadata: Metadata): WireEntry[] {
  const entries: WireEntry[] = [];
  const texts: string[] = [];
  for (const name in metadata) {
    const value = metadata[name]!;
    if (!isIncoming(name) || name.startsWith("grpc-")) continue;
    if (!legalName.test(name)) {
      throw new BadRequest(`${JSON.stringify(name)} cannot be the name of gRPC metadata`, {
        reason: "transport.bad-header",
        retry: "never",
      });
    }
    if (name.endsWith("-bin"))
      for (const each of value.split(",")) entries.push([name, Buffer.from(each, "base64")]);
    else if (plain.test(value)) entries.push([name, value]);
    else {
      texts.push(name);
      entries.push([`${name}-bin`, Buffer.from(value)]);
    }
  }
  if (texts.length > 0) entries.push([textNames, texts.join(",")]);
  return entries;
}

/** What is left of {@link fromWireMetadata} for callers: names of the protocols are none of theirs. */
export function repliedMetadata(metadata: Metadata): MutableMetadata | undefined {
  let replied: MutableMetadata | undefined;
  for (const name in metadata)
    if (!isOfTheProtocol(name) && !name.startsWith("grpc-"))
      (replied ??= newMetadata())[name] = metadata[name]!;
  return replied;
}

/** The way back; repeated values are joined with `, `, as in go-micro. */
export function fromWireMetadata(
  entries: Iterable<readonly [name: string, values: readonly (string | Buffer)[]]>,
): MutableMetadata {
  const all = new Map(entries);
  const texts = new Set(all.get(textNames)?.map(String).join(",").split(","));
  const metadata = newMetadata();
  for (const [name, values] of all) {
    const [first] = values;
    const textName = name.slice(0, -"-bin".length);
    if (Buffer.isBuffer(first) && texts.has(textName)) metadata[textName] = first.toString("utf8");
    else
      metadata[name] = values
        .map((value) => (typeof value === "string" ? value : value.toString("base64")))
        .join(", ");
  }
  return metadata;
}
