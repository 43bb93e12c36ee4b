import { OptionError, protoText, type MessageType } from "../../../src/spi.js";

const largestNumber = 536_870_911; // 2^29 - 1, protobuf's limit
/** No map can have them: they are not equal to themselves, or not text. */
const keysRefused: readonly unknown[] = ["double", "float", "bytes"];

function checkFields({ name: message, fields }: MessageType): void {
  const numbers = new Set<number>();
  for (const { name, number, rule, mapKey, oneof } of fields) {
    const refuse = (why: string): never => {
      throw new OptionError(`${message}.${name}: ${why}`);
    };
    if (!Number.isInteger(number) || number < 1 || number > largestNumber)
      refuse(`a field's number is a whole number from 1 to ${largestNumber}, got ${number}`);
    if (numbers.has(number)) refuse(`another field has the number ${number}`);
    numbers.add(number);
    if (rule === "map" && keysRefused.includes(mapKey)) refuse(`a map's key cannot be ${mapKey}`);
    if (rule !== "one" && oneof !== undefined) refuse(`a member of a oneof cannot be ${rule}`);
  }
}

/**
 * Refuses what no `.proto` could say, in the type and in all that it leads to.
 * @throws OptionError.
 */
export function checkTypes(type: MessageType): void {
  protoText({ messages: [type] }); // knows what names protobuf can have
  const seen = new Set<MessageType>();
  const visit = (message: MessageType): void => {
    if (seen.has(message)) return;
    seen.add(message);
    checkFields(message);
    for (const { type: kind } of message.fields) if (kind.kind === "message") visit(kind.type);
  };
  visit(type);
}
