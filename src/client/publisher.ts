import { InternalServerError } from "../base/errors.js";
import type { PublisherOf, Topic } from "../call/topic.js";
import type { Client } from "./client.js";

/** Where a publisher class keeps its topic. */
export const publisherTopic = Symbol.for("plugboard.publisher");

/** A class that is token and type of a publisher in one: `class UserCreatedPublisher extends Publisher(UserCreated) {}`. */
export function Publisher<T>(topic: Topic<T>): new () => PublisherOf<T> {
  class TopicPublisher {
    static readonly [publisherTopic] = topic;
    constructor() {
      throw new InternalServerError(`${new.target.name} is made by the container: inject it`, {
        reason: "client.constructed",
      });
    }
  }
  return TopicPublisher as unknown as new () => PublisherOf<T>;
}

/** The topic of a publisher class; undefined for other classes. */
export const topicOf = (Class: unknown): Topic<unknown> | undefined =>
  (Class as { readonly [publisherTopic]?: Topic<unknown> } | undefined)?.[publisherTopic];

/** Makes the object behind a publisher class. @throws TypeError for another class. */
export function bindPublisher(Class: abstract new () => object, client: Client): object {
  const topic = topicOf(Class);
  if (!topic)
    throw new TypeError(`${Class.name} is no publisher; write class X extends Publisher(topic) {}`);
  const publisher: PublisherOf<unknown> = {
    publish: (data, options) => client.publish(client.newMessage(topic, data), options),
  };
  return Object.assign(Object.create(Class.prototype as object) as object, publisher);
}
