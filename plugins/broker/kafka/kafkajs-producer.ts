import type { ICustomPartitioner, Message, Producer } from "kafkajs";
import type { OutgoingRecord } from "./driver.js";
import { unreachable } from "./failures.js";
import { outgoingMessage } from "./kafkajs-record.js";

/** One of kafkajs's producers. */
interface Connection {
  readonly client: Producer;
  readonly ready: Promise<void>;
  /** Requests on their way. */
  users: number;
}

/**
 * An idempotent producer: what kafkajs sends again is not written again, so a partition that took its
 * part of a request does not take it twice because another one did not. After a request that kafkajs
 * gave up a new producer takes the old one's place, for two reasons: kafkajs uses the sequence
 * numbers of such a request for the next one, which a server that has the first drops as a repetition;
 * and it asks for all topics that it ever wrote to at once, and fails for all when one is gone.
 */
export class KafkajsProducer {
  private current: Connection | undefined;

  /** @param make Makes an idempotent producer, with a partitioner that {@link stickyPartitioner} made. */
  constructor(private readonly make: () => Producer) {}

  async connect(): Promise<void> {
    this.current = this.open();
    await this.current.ready;
  }

  async disconnect(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.client.disconnect();
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const connection = this.current;
    if (!connection) throw unreachable(`cannot publish to ${topic}`, "the connection is closed");
    connection.users += 1;
    try {
      await connection.ready;
      await connection.client.send({ topic, acks: -1, messages: records.map(outgoingMessage) });
    } catch (error) {
      if (this.current === connection) this.current = this.open();
      throw error;
    } finally {
      connection.users -= 1;
      if (connection.users === 0 && connection !== this.current)
        void connection.client.disconnect().catch(() => undefined);
    }
  }

  private open(): Connection {
    const client = this.make();
    const ready = client.connect();
    ready.catch(() => undefined); // whoever sends is told
    return { client, ready, users: 0 };
  }
}

/** Asks for a message's partition once: sent again, it goes to the same one, or else it would be another message. */
export const stickyPartitioner =
  (make: ICustomPartitioner): ICustomPartitioner =>
  () => {
    const choose = make();
    const chosen = new WeakMap<Message, number>();
    return (choice) => {
      const partition = chosen.get(choice.message) ?? choose(choice);
      chosen.set(choice.message, partition);
      return partition;
    };
  };
