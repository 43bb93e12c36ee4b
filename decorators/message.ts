import { messageTypeOf, OptionError, type MessageField, type MessageType } from "../src/spi.js";
import { checkFields } from "./check-fields.js";
import { fieldRecords } from "./field-records.js";
import { messageField } from "./message-field.js";

/** Options of {@link Message}. */
export interface MessageOptions {
  /** Name in the `.proto`. Default: the class's name. */
  readonly name?: string;
  /** Package in the `.proto`, such as `shop.v1`. Default: none. */
  readonly package?: string;
}

const nameParts = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

type Constructor<T> = new () => T & object;

/**
 * Makes a class a protobuf message; its properties with `@Field` are the fields. The class is made
 * without arguments when a message arrives, then its fields are set.
 * @throws OptionError for a name or a package that protobuf cannot have.
 */
export function Message({ name, package: home }: MessageOptions = {}): ClassDecorator {
  return (Class) => {
    const fullName = [...(home === undefined ? [] : [home]), name ?? Class.name].join(".");
    if (!nameParts.test(fullName))
      throw new OptionError(`@Message: "${fullName}" is no name that protobuf can have`);
    let fields: readonly MessageField[] | undefined;
    const construct = Class as unknown as Constructor<unknown>;
    const type: MessageType = {
      name: fullName,
      construct,
      // Read late: by then the classes that refer to each other all exist.
      get fields() {
        if (fields) return fields;
        const scope = { name: fullName, enums: new Map(), typeOf: messageType };
        const described = fieldRecords(construct).map((record) => messageField(scope, record));
        return (fields = checkFields(fullName, described));
      },
    };
    Object.defineProperty(Class, messageTypeOf, { value: type });
  };
}

/**
 * The message type of a class with `@Message`; the same object each time.
 * @throws OptionError `Address has no @Message()`. Reading its `fields` throws OptionError for
 *   numbers and names that protobuf refuses, and for types that cannot be inferred.
 */
export function messageType<T>(Class: new () => T & object): MessageType<T> {
  if (!Object.hasOwn(Class, messageTypeOf))
    throw new OptionError(`${Class.name} has no @Message()`);
  return (Class as unknown as { readonly [messageTypeOf]: MessageType<T> })[messageTypeOf];
}
