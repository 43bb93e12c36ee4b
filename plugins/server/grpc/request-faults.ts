import {
  BadRequest,
  ContentTooLarge,
  InternalServerError,
  Timeout,
  type MessageFaults,
} from "../../../src/spi.js";

const malformed = (why: string): BadRequest =>
  new BadRequest(why, { reason: "codec.malformed", retry: "never" });

/** For requests that end in the middle of a message. */
export const cutOff = (): BadRequest => malformed("the requests end in the middle of a message");

/** For a call of one request that came without. */
export const noRequest = (endpoint: string): BadRequest =>
  new BadRequest(`${endpoint} was called without a request`, {
    reason: "server.no-request",
    retry: "never",
  });

/** For a call of one request that takes too long to come. */
export const lateRequest = (endpoint: string): Timeout =>
  new Timeout(
    `the request of ${endpoint} did not come in time. Send faster, or raise messageTimeoutMs`,
    { reason: "transport.message-timeout", retry: "never" },
  );

/** For a call of one request that came with more. */
export const manyRequests = (endpoint: string): BadRequest =>
  new BadRequest(`${endpoint} takes one request and got more`, {
    reason: "server.many-requests",
    retry: "never",
  });

/** The errors for requests that cannot be taken. */
export const requestFaults = (maxBytes: number): MessageFaults => ({
  tooLarge: (bytes) =>
    new ContentTooLarge(
      `a request of ${bytes} bytes or more, and maxMessageBytes is ${maxBytes} here`,
      { reason: "transport.too-large", retry: "never" },
    ),
  unknownEncoding: (encoding) =>
    new InternalServerError(
      `a request is compressed by ${encoding ?? "nobody knows what: grpc-encoding is missing"}`,
      { reason: "codec.compressed", retry: "never" },
    ),
  malformed,
});
