import type { Peer } from "../base/peer.js";
import { header } from "../call/headers.js";
import { resolveSchema } from "../call/schema.js";
import type { Message } from "../transport/transport.js";
import type { Subscriber } from "./server.js";
import { deliverEvent, type SubscriptionParts } from "./subscriptions.js";

/**
 * Takes in an event that came as a request: runs the topic's subscribers once, one after the other.
 * @throws the one failure, or an AggregateError of all.
 */
export async function pushEvent(
  topic: string,
  message: Message,
  peer: Peer,
  subscribers: readonly Subscriber[],
  parts: SubscriptionParts,
): Promise<void> {
  const delivery = { topic, message, attempt: 1, key: message.headers[header.key] };
  const failures: unknown[] = [];
  for (const subscriber of subscribers) {
    if (subscriber.topic !== topic) continue;
    const schema = resolveSchema(subscriber.schema);
    await deliverEvent(subscriber, schema, delivery, parts, peer).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length === 0) return;
  throw failures.length === 1
    ? failures[0]
    : new AggregateError(failures, `subscriber error: ${failures.map(String).join("\n")}`);
}
