import { equal } from "node:assert/strict";
import type { BrokerMessage, Delivery, DeliveryHandler, Metadata } from "../../../src/spi.js";
import type { BrokerHarness } from "./harness.js";

/** Milliseconds within which a stray delivery would have shown itself. */
export const quietMs = 250;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message with this text as its body, and headers such as the framework sends. */
export const message = (topic: string, text: string, headers: Metadata = {}): BrokerMessage => ({
  headers: {
    "micro-topic": topic,
    "micro-id": `id-${text}`,
    "content-type": "text/plain",
    ...headers,
  },
  body: encoder.encode(text),
});

export const textOf = ({ body }: BrokerMessage): string => decoder.decode(body);

/** A subscriber that remembers. */
export interface Inbox {
  readonly handler: DeliveryHandler;
  /** Every delivery, in the order in which handling began. */
  readonly deliveries: Delivery[];
  /** The bodies, in the same order. */
  texts(): string[];
}

/** Remembers each delivery, then does `work`. */
export function inbox(work: DeliveryHandler = async () => undefined): Inbox {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    texts: () => deliveries.map((delivery) => textOf(delivery.message)),
    handler: (delivery) => {
      deliveries.push(delivery);
      return work(delivery);
    },
  };
}

/** Something that handlers wait for until a clause lets them go. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Waits for that many deliveries in all, and sees that no more come. */
export async function exactly(
  harness: BrokerHarness,
  count: number,
  ...inboxes: Inbox[]
): Promise<void> {
  const total = (): number => inboxes.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
  await harness.eventually(() =>
    equal(total() >= count, true, `${total()} of ${count} deliveries came`),
  );
  await harness.elapse(quietMs);
  equal(total(), count, "deliveries");
}

/** `count` texts: `prefix0`, `prefix1`, ... */
export const texts = (count: number, prefix = "m"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
