import protobuf from "protobufjs";

function walk(
  from: protobuf.NamespaceBase,
  names: readonly string[],
): protobuf.ReflectionObject | undefined {
  let at: protobuf.ReflectionObject | undefined = from;
  for (const name of names) {
    const nested: protobuf.NamespaceBase["nested"] =
      at instanceof protobuf.Namespace ? at.nested : undefined;
    at = nested && Object.hasOwn(nested, name) ? nested[name] : undefined;
  }
  return at;
}

/**
 * The message or enum that `name` means in `scope`, by protobuf's rule: the innermost scope around
 * that has it. protobufjs's own lookup also descends into scopes beside the path, and so may find
 * another one.
 */
export function findType(
  scope: protobuf.NamespaceBase,
  name: string,
): protobuf.Type | protobuf.Enum | undefined {
  const absolute = name.startsWith(".");
  const names = name.slice(absolute ? 1 : 0).split(".");
  for (let at: protobuf.NamespaceBase | null = absolute ? scope.root : scope; at; at = at.parent) {
    const found = walk(at, names);
    if (found instanceof protobuf.Type || found instanceof protobuf.Enum) return found;
  }
  return undefined;
}
