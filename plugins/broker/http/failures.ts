import { ContentTooLarge, NotImplemented, Unavailable, type RpcError } from "../../../src/spi.js";

/** 503: publish and subscribe need `connect` first. */
export const notConnected = (what: string): RpcError =>
  new Unavailable(`cannot ${what}: the http broker is not connected`, {
    reason: "broker.not-connected",
    retry: "safe",
  });

/** 503: the registry, the bound address or every subscriber failed; says why. */
export const unreachable = (what: string, cause: unknown): RpcError =>
  new Unavailable(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    reason: "broker.unreachable",
    cause,
  });

/** 413: over `maxMessageBytes`. */
export const tooLarge = (topic: string, maxMessageBytes: number): RpcError =>
  new ContentTooLarge(`the message for ${topic} is longer than ${maxMessageBytes} bytes`, {
    reason: "broker.too-large",
    retry: "never",
  });

/** 503: nothing goes out in plain text from a broker with TLS. */
export const plainSubscriber = (id: string): RpcError =>
  new Unavailable(`${id} speaks no TLS. Set httpBroker({ tls }) there, or leave it out here`, {
    reason: "transport.not-tls",
  });

/** 501: `delayMs` cannot be kept. */
export const cannotDelay = (topic: string): RpcError =>
  new NotImplemented(
    `delayMs on ${topic} needs "delay", which the http broker does not have: it holds nothing back`,
    { reason: "broker.capability", retry: "never" },
  );
