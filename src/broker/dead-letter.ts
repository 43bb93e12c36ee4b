import { RpcError } from "../base/error.js";
import { toMetadata } from "../base/metadata.js";
import type { BrokerMessage, SubscribeOptions } from "./broker.js";

const longestReason = 1_000;

/** The topic that a subscription's dead letters go to; undefined when it wants none. */
export function deadLetterTopic(
  topic: string,
  { deadLetter = false }: SubscribeOptions,
): string | undefined {
  if (deadLetter === true) return `${topic}.dead-letter`;
  return deadLetter === false || deadLetter === "" ? undefined : deadLetter;
}

/**
 * What was thrown, as one line of at most 1,000 characters that any broker can carry in a header:
 * an `RpcError`'s reason and detail, another error's message, any other value as text.
 */
export function failureText(thrown: unknown): string {
  const line = textOf(thrown)
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, longestReason);
  // A surrogate without its other half is no UTF-8: it becomes U+FFFD.
  return new TextDecoder().decode(new TextEncoder().encode(line));
}

function textOf(thrown: unknown): string {
  try {
    if (thrown instanceof RpcError && thrown.reason !== undefined)
      return `${thrown.reason}: ${thrown.detail}`;
    if (thrown instanceof Error) return thrown.message || thrown.name;
    return String(thrown);
  } catch {
    return "something that has no text was thrown";
  }
}

/** The message as it goes to the dead letters: the body and headers as they were, and why. */
export function deadLetter(
  topic: string,
  message: BrokerMessage,
  attempts: number,
  thrown: unknown,
): BrokerMessage {
  const headers = toMetadata(message.headers);
  headers["dead-letter-reason"] = failureText(thrown);
  headers["dead-letter-topic"] = topic;
  headers["dead-letter-attempts"] = String(attempts);
  return { headers, body: message.body };
}
