import { parentOf, shortName } from "./type-graph.js";

/** Files of protobuf's own types, where they are not named after the type. */
const googleFiles: Readonly<Record<string, string>> = {
  FieldMask: "field_mask",
  Value: "struct",
  ListValue: "struct",
  NullValue: "struct",
};

/** The `.proto` file in which a type of that full name is looked for: one for each package, but for protobuf's own. */
export function protoFileName(name: string): string {
  if (parentOf(name) !== "google.protobuf")
    return `${(parentOf(name) || shortName(name)).replaceAll(".", "/")}.proto`;
  const type = shortName(name);
  const file = googleFiles[type] ?? (type.endsWith("Value") ? "wrappers" : type.toLowerCase());
  return `google/protobuf/${file}.proto`;
}
