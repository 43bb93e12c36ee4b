import protobuf from "protobufjs";
import { BadRequest, protoText, toJsonValue, type MessageType } from "../../../src/spi.js";
import type { MessagePlan } from "./message-plan.js";
import { Unfit } from "./wire-scalar.js";

/** Encodes and decodes one message type through the code that protobufjs generates for it. */
export class MessageCoder {
  readonly #wire: protobuf.Type;

  constructor(
    private readonly type: MessageType,
    private readonly plan: MessagePlan,
  ) {
    const { root } = protobuf.parse(protoText({ messages: [type] }), { keepCase: true });
    this.#wire = root.lookupType(`.${type.name}`);
  }

  encode(value: unknown): Uint8Array {
    return this.#wire.encode(this.#toWire(value)).finish();
  }

  decode(bytes: Uint8Array): unknown {
    let message: object;
    try {
      message = this.#wire.decode(bytes);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new BadRequest(`${this.type.name}: ${why}`, {
        reason: "codec.malformed",
        cause: error,
      });
    }
    return this.plan.fromWire(message);
  }

  #toWire(value: unknown): object {
    try {
      return this.plan.toWire(value ?? {}, 0);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      toJsonValue(this.type, value); // fails alike, and names the field
      const options = { reason: "codec.unwritable", cause: error };
      throw new BadRequest(`${this.type.name} cannot hold the value`, options);
    }
  }
}
