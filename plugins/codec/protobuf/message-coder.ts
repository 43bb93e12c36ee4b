import {
  BadRequest,
  toJsonValue,
  type BodyReader,
  type BodyWriter,
  type MessageType,
} from "../../../src/spi.js";
import { checkTypes } from "./check-types.js";
import type { MessageCode } from "./compile-message.js";
import { Malformed } from "./malformed.js";
import type { MessageCodes } from "./message-codes.js";
import { Unfit } from "./unfit.js";

/** Reads and writes one message type, and gives errors the codec's words. */
export class MessageCoder implements BodyWriter {
  readonly #code: MessageCode;

  /** @throws OptionError for types that protobuf cannot have. */
  constructor(
    private readonly type: MessageType,
    codes: MessageCodes,
  ) {
    checkTypes(type);
    this.#code = codes.of(type);
  }

  room(value: unknown): number {
    try {
      return this.#code.room(value ?? {}, 0);
    } catch (error) {
      throw this.#refusal(value, error);
    }
  }

  write(value: unknown, buffer: Buffer, offset: number): number {
    try {
      return this.#code.write(value ?? {}, buffer, offset, 0);
    } catch (error) {
      throw this.#refusal(value, error);
    }
  }

  readonly read: BodyReader = (bytes, start, end) => {
    try {
      return this.#code.read(bytes, start, end, 0);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw new BadRequest(`${this.type.name}: ${error.message}`, {
        reason: "codec.malformed",
        cause: error,
      });
    }
  };

  decode(bytes: Uint8Array): unknown {
    const { buffer, byteOffset, byteLength } = bytes;
    const whole = Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, byteLength);
    return this.read(whole, 0, byteLength);
  }

  #refusal(value: unknown, error: unknown): unknown {
    if (!(error instanceof Unfit)) return error;
    toJsonValue(this.type, value); // fails alike, and names the field
    const options = { reason: "codec.unwritable", cause: error };
    return new BadRequest(`${this.type.name} cannot hold the value`, options);
  }
}
