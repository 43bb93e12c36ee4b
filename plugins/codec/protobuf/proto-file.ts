import type { MessageType } from "../../../src/spi.js";

/** A method as the `.proto` declares it. */
export interface ProtoMethod {
  /** Name as written, such as `SayHello`. */
  readonly name: string;
  readonly input: MessageType;
  readonly output: MessageType;
  /** The caller sends many messages. */
  readonly clientStream: boolean;
  /** The service answers with many messages. */
  readonly serverStream: boolean;
  /** `idempotency_level` is `IDEMPOTENT` or `NO_SIDE_EFFECTS`. */
  readonly idempotent: boolean;
}

/** A service as the `.proto` declares it. */
export interface ProtoService {
  /** Name without its package, such as `Greeter`. */
  readonly name: string;
  /** Name with its package, such as `greeter.v1.Greeter`. */
  readonly fullName: string;
  readonly methods: readonly ProtoMethod[];
}

/** What one `.proto` declares. Message types are the same objects each time they are asked for. */
export interface ProtoFile {
  /** The empty text without one. */
  readonly package: string;
  /** Messages of this file, nested ones too, in the order of the text. */
  readonly messages: readonly MessageType[];
  readonly services: readonly ProtoService[];
  /**
   * A message of this file or its imports, by full name or by its name within the package.
   * @throws ProtoError `proto.unknown-name`, listing what there is.
   */
  message(name: string): MessageType;
  /** A service of this file. @throws ProtoError `proto.unknown-name`, listing what there is. */
  service(name: string): ProtoService;
}
