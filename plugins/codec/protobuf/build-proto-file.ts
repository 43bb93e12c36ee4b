import protobuf from "protobufjs";
import type { MessageType } from "../../../src/spi.js";
import { findType } from "./find-type.js";
import { ProtoError } from "./proto-error.js";
import type { ProtoFile, ProtoMethod, ProtoService } from "./proto-file.js";
import type { ProtoSource } from "./proto-source.js";
import { TypeBuilder } from "./type-builder.js";

const idempotentLevels: readonly unknown[] = ["IDEMPOTENT", "NO_SIDE_EFFECTS"];

function find(root: protobuf.Root, name: string, scope: protobuf.NamespaceBase): protobuf.Type {
  const found = findType(scope, name);
  if (found instanceof protobuf.Type) return found;
  const known: string[] = [];
  const list = (space: protobuf.NamespaceBase): void => {
    for (const object of space.nestedArray) {
      if (object instanceof protobuf.Type) known.push(object.fullName.slice(1));
      if (object instanceof protobuf.Namespace) list(object);
    }
  };
  list(root);
  const message = `no message ${name}; there are: ${known.sort().join(", ")}`;
  throw new ProtoError("proto.unknown-name", message);
}

function buildService(
  root: protobuf.Root,
  service: protobuf.Service,
  builder: TypeBuilder,
): ProtoService {
  const type = (name: string): MessageType => builder.message(find(root, name, service));
  const methods = service.methodsArray.map((method): ProtoMethod => ({
    name: method.name,
    input: type(method.requestType),
    output: type(method.responseType),
    clientStream: method.requestStream ?? false,
    serverStream: method.responseStream ?? false,
    idempotent: idempotentLevels.includes(method.options?.["idempotency_level"]),
  }));
  return { name: service.name, fullName: service.fullName.slice(1), methods };
}

/**
 * The declarations of `source`, once it and its imports are in `root`.
 * @throws ProtoError `proto.unknown-name` for types that are declared nowhere.
 */
export function buildProtoFile(root: protobuf.Root, source: ProtoSource): ProtoFile {
  const builder = new TypeBuilder();
  const home = source.package ? root.define(source.package) : root;
  const message = (name: string): MessageType => builder.message(find(root, name, home));
  const services = source.services.map((name) =>
    buildService(root, root.lookupService(`.${name}`), builder),
  );
  return {
    package: source.package,
    messages: source.messages.map((name) => message(`.${name}`)),
    services,
    message,
    service(name) {
      const short = name.slice(name.lastIndexOf(".") + 1);
      const found = services.find((service) => service.name === short);
      if (found) return found;
      const known = services.map((service) => service.name).join(", ");
      throw new ProtoError("proto.unknown-name", `no service ${name}; there are: ${known}`);
    },
  };
}
