import { OptionError, type MessageField } from "../src/spi.js";

const largestNumber = 536_870_911; // 2^29 - 1, protobuf's limit
const protoNames = /^[A-Za-z_]\w*$/;
/** No map can have them: they are not equal to themselves, or not text. */
const keysRefused = new Set(["double", "float", "bytes"]);

/** The fields as they are. @throws OptionError for numbers and names that protobuf refuses. */
export function checkFields(
  message: string,
  fields: readonly MessageField[],
): readonly MessageField[] {
  const numbers = new Map<number, string>();
  const names = new Map<string, string>();
  const unique = <Key>(seen: Map<Key, string>, key: Key, name: string, what: string): void => {
    const other = seen.get(key);
    if (other !== undefined)
      throw new OptionError(`${message}.${name} has ${what} of ${message}.${other}`);
    seen.set(key, name);
  };
  for (const { name, protoName, number, mapKey } of fields) {
    const where = `${message}.${name}`;
    if (!Number.isInteger(number) || number < 1 || number > largestNumber)
      throw new OptionError(
        `${where}: a field's number is a whole number from 1 to ${largestNumber}, got ${number}`,
      );
    if (number >= 19_000 && number <= 19_999)
      throw new OptionError(
        `${where}: the numbers 19000 to 19999 are protobuf's own, got ${number}`,
      );
    if (!protoNames.test(protoName) || protoName === "__proto__")
      throw new OptionError(`${where}: "${protoName}" is no name that protobuf can have`);
    if (mapKey !== undefined && keysRefused.has(mapKey))
      throw new OptionError(`${where}: a map's key cannot be ${mapKey}`);
    unique(numbers, number, name, `the number ${number}`);
    unique(names, name, name, "the name");
    if (protoName !== name) unique(names, protoName, name, `the name "${protoName}"`);
  }
  return fields;
}
