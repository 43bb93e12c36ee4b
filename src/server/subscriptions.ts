import type { LiveCalls } from "./live-calls.js";
import type { Environment } from "../base/environment.js";
import type { Peer } from "../base/peer.js";
import { BadRequest, Canceled, Timeout, Unavailable } from "../base/errors.js";
import { RpcError } from "../base/error.js";

import type { Broker, BrokerMessage, Delivery, Subscription } from "../broker/broker.js";
import type { Ambient } from "../call/ambient.js";
import { CallContext } from "../call/context.js";
import { describe } from "../call/error-wire.js";
import { header, incomingMetadata } from "../call/headers.js";
import { orCancelled } from "../call/or-cancelled.js";
import { resolveSchema, type ResolvedSchema } from "../call/schema.js";
import type { Event } from "../call/topic.js";
import type { Codecs } from "../codec/codecs.js";
import type { Subscriber } from "./server.js";

/** What subscribing needs. */
export interface SubscriptionParts {
  readonly environment: Environment;
  readonly ambient: Ambient;
  readonly broker: Broker;
  readonly codecs: Codecs;
  readonly live: LiveCalls;
}

const defaultTimeoutMs = 60_000;

/** Reads an event's value; messages that cannot be read are never tried again. */
function decode(message: BrokerMessage, schema: ResolvedSchema, codecs: Codecs): unknown {
  const contentType = message.headers[header.contentType] || "application/protobuf";
  try {
    return codecs.get(contentType).readBody(message.body, "event", schema.type);
  } catch (error) {
    const detail = error instanceof RpcError ? error.detail : String(error);
    throw new BadRequest(`undecodable event (${contentType}): ${detail}`, {
      reason: "event.undecodable",
      retry: "never",
      cause: error,
    });
  }
}

/** Hands one delivery to a subscriber: decode, context, interceptors, method, acknowledgement. */
export async function deliverEvent(
  subscriber: Subscriber,
  schema: ResolvedSchema,
  delivery: Delivery,
  parts: SubscriptionParts,
  /** Who sent it straight to this process, where no broker was in between. */
  peer?: Peer,
): Promise<void> {
  const { environment, ambient, codecs, live } = parts;
  const { message, topic, attempt } = delivery;
  const decoded = decode(message, schema, codecs);
  const data: unknown = schema.validate
    ? await schema.validate(decoded, `event of ${topic}`)
    : decoded;
  const timeoutMs = subscriber.timeoutMs ?? defaultTimeoutMs;
  const metadata = incomingMetadata(message.headers);
  const context = new CallContext(
    environment.clock,
    { readMetadata: () => metadata, readPeer: () => peer },
    environment.clock.monotonic() + timeoutMs,
  );
  const acknowledged = acknowledgement();
  const event: Event<unknown> = {
    topic,
    id: message.headers[header.id] ?? "",
    data,
    attempt,
    context,
    ack: acknowledged.ack,
    nack: acknowledged.nack,
  };
  live.add(context);
  const timer = environment.timers.after(timeoutMs, () =>
    context.scope.cancel(
      new Timeout(`${subscriber.name} did not finish an event of ${topic} within ${timeoutMs} ms`, {
        reason: "subscriber.timeout",
      }),
    ),
  );
  try {
    const call = {
      side: "subscriber" as const,
      service: subscriber.service.name,
      endpoint: topic,
      shape: "event" as const,
      request: event,
      context,
      metadata: metadata,
      attempt,
    };
    await orCancelled(
      context,
      ambient.run(context, () => subscriber.call(call)),
    );
    if (subscriber.ack === "manual") await orCancelled(context, acknowledged.settled);
  } finally {
    timer.cancel();
    live.delete(context);
    context.scope.cancel(
      new Canceled("the event is settled", { reason: "subscriber.ended", retry: "never" }),
    );
  }
}

function acknowledgement(): {
  readonly ack: () => void;
  readonly nack: (reason?: unknown) => void;
  readonly settled: Promise<void>;
} {
  let ack: () => void = () => {};
  let nack: (reason?: unknown) => void = () => {};
  const settled = new Promise<void>((resolve, reject) => {
    ack = resolve;
    nack = (reason) =>
      reject(
        reason instanceof Error
          ? reason
          : new Unavailable(
              `refused by the subscriber: ${reason === undefined ? "no reason given" : describe(reason)}`,
              {
                reason: "subscriber.nack",
              },
            ),
      );
  });
  settled.catch(() => {});
  return { ack, nack, settled };
}

/** Starts a subscription at the broker. */
export function subscribe(subscriber: Subscriber, parts: SubscriptionParts): Promise<Subscription> {
  const schema = resolveSchema(subscriber.schema);
  const { group, concurrency, retry, deadLetter, requires, orderBy } = subscriber;
  const keyOf = (message: BrokerMessage): string | undefined => {
    try {
      return (orderBy as (data: unknown) => string)(decode(message, schema, parts.codecs));
    } catch {
      return undefined; // The delivery itself will fail, with all its words.
    }
  };
  return parts.broker.subscribe(
    subscriber.topic,
    (delivery) => deliverEvent(subscriber, schema, delivery, parts),
    {
      ...(group === undefined ? {} : { group }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(retry === undefined ? {} : { retry }),
      ...(deadLetter === undefined ? {} : { deadLetter }),
      ...(requires === undefined ? {} : { requires }),
      ...(orderBy === undefined ? {} : { orderBy: keyOf }),
    },
  );
}
