import type { Topic } from "../../index.js";
import type { MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { JsonCodec } from "../../plugins/codec/json/json-codec.js";
import { ProtobufCodec } from "../../plugins/codec/protobuf/protobuf-codec.js";
import { resolveSchema } from "../../src/call/schema.js";
import type { BrokerMessage } from "../../src/spi.js";

/** Keeps everything that goes through a hub, dead letters included. */
export class Outbox {
  readonly #messages: { readonly topic: string; readonly message: BrokerMessage }[] = [];
  readonly #codecs = [new JsonCodec(), new ProtobufCodec()];

  constructor(hub: MemoryBrokerHub) {
    const publish = hub.publish.bind(hub);
    hub.publish = (topic, message, options) => {
      this.#messages.push({ topic, message });
      publish(topic, message, options);
    };
  }

  /** The events under `name`, read with the topic's type. */
  of<T>(topic: Topic<T>, name: string): readonly T[] {
    const { type } = resolveSchema(topic.schema);
    return this.#messages
      .filter((sent) => sent.topic === name)
      .map(({ message }) => {
        const contentType = message.headers["content-type"] ?? "application/json";
        const codec = this.#codecs.find((candidate) =>
          (candidate.contentTypes as readonly string[]).includes(contentType),
        );
        return codec?.readBody(message.body, "event", type) as T;
      });
  }
}
