import { UnsupportedMediaType, type Topic } from "../../index.js";
import type { MemoryBrokerHub } from "../../plugins/broker/memory/index.js";
import { JsonCodec } from "../../plugins/codec/json/json-codec.js";
import { ProtobufCodec } from "../../plugins/codec/protobuf/protobuf-codec.js";
import { resolveSchema } from "../../src/call/schema.js";
import { Codecs } from "../../src/codec/codecs.js";
import type { BrokerMessage } from "../../src/spi.js";

interface Sent {
  readonly topic: string;
  readonly message: BrokerMessage;
}

/** Keeps everything that a hub has taken, dead letters included; what came twice it keeps once. */
export class Outbox {
  readonly #sent: Sent[] = [];
  readonly #codecs = new Codecs([new JsonCodec(), new ProtobufCodec()]);

  constructor(hub: MemoryBrokerHub) {
    const publish = hub.publish.bind(hub);
    const seen = new Set<string>();
    hub.publish = (topic, message, options) => {
      const id = message.headers["micro-id"];
      const again = id !== undefined && seen.has(`${topic} ${id}`);
      if (again) {
        publish(topic, message, options);
        return;
      }
      const sent = { topic, message };
      this.#sent.push(sent);
      try {
        publish(topic, message, options);
        seen.add(`${topic} ${id}`);
      } catch (error) {
        this.#sent.splice(this.#sent.indexOf(sent), 1);
        throw error;
      }
    };
  }

  /** The events of a topic. @throws UnsupportedMediaType for content types that the kit cannot read. */
  published<T>(topic: Topic<T>): readonly T[] {
    return this.#read(topic, (sent) => sent.topic === topic.name);
  }

  /** The events that were given up, wherever they were put. */
  deadLetters<T>(topic: Topic<T>): readonly T[] {
    return this.#read(topic, ({ message }) => message.headers["dead-letter-topic"] === topic.name);
  }

  #read<T>(topic: Topic<T>, wanted: (sent: Sent) => boolean): readonly T[] {
    const { type } = resolveSchema(topic.schema);
    return this.#sent.filter(wanted).map(({ message: { headers, body } }) => {
      const contentType = headers["content-type"] ?? "application/json";
      if (!this.#codecs.has(contentType))
        throw new UnsupportedMediaType(`the test kit cannot read events of type ${contentType}`);
      return this.#codecs.get(contentType).readBody(body, "event", type) as T;
    });
  }
}
