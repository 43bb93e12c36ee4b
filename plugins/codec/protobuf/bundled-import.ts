import protobuf from "protobufjs";

/** Describes options only: nothing that is encoded refers to it. */
const descriptor = "google/protobuf/descriptor.proto";

/**
 * Adds protobuf's own types, such as `google.protobuf.Timestamp`, which need no file.
 * False when `name` is not one of their files.
 */
export function addBundledImport(name: string, root: protobuf.Root): boolean {
  if (name === descriptor) return true;
  const bundled = protobuf.common.get(name);
  if (!bundled?.nested) return false;
  root.addJSON(bundled.nested);
  return true;
}
