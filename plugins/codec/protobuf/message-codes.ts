import type { MessageType } from "../../../src/spi.js";
import { compileMessage, type MessageCode } from "./compile-message.js";

/** Compiles when it is first used: by then the types that refer to each other are complete. */
function lazily(compile: () => MessageCode): MessageCode {
  const code: MessageCode = {
    room: (value, depth) => Object.assign(code, compile()).room(value, depth),
    write: (value, buffer, at, depth) =>
      Object.assign(code, compile()).write(value, buffer, at, depth),
    read: (buffer, at, end, depth, before) =>
      Object.assign(code, compile()).read(buffer, at, end, depth, before),
  };
  return code;
}

/** The code of message types, each compiled once. */
export class MessageCodes {
  readonly #codes = new WeakMap<MessageType, MessageCode>();

  of(type: MessageType): MessageCode {
    let code = this.#codes.get(type);
    if (!code) {
      code = lazily(() => compileMessage(type, (inner) => this.of(inner)));
      this.#codes.set(type, code);
    }
    return code;
  }
}
