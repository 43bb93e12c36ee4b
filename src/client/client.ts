import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import type { EndpointShape } from "../call/contract.js";
import type { PublishEventOptions, Topic } from "../call/topic.js";

/** A call that has not been made. */
export interface Request {
  readonly service: string;
  readonly shape: EndpointShape;
  /** The value, or an AsyncIterable of values. */
  readonly body: unknown;
}

/** An event that has not been published. */
export interface EventMessage {
  readonly topic: Topic<unknown>;
  readonly data: unknown;
}

/** Calls services and publishes events. */
export abstract class Client {
  abstract readonly name: string;
  /** Node metadata `protocol` of the servers it can call. */
  abstract readonly protocol: string;
  /** Describes a call; `endpoint` is `Type.Method`, or a shape that also tells types and streams. */
  abstract newRequest(service: string, endpoint: string | EndpointShape, body: unknown): Request;
  abstract newMessage(topic: Topic<unknown> | string, data: unknown): EventMessage;
  /**
   * Makes a unary call, or one with a stream of requests and a single reply.
   * @throws the handler's error, NotFound `selector.not-found`, Unavailable, Timeout
   *   `client.timeout`, Canceled `client.canceled`.
   */
  abstract call(request: Request, options?: CallOptions): Promise<unknown>;
  /** Makes a call with a stream of replies. It is sent when the iteration begins. */
  abstract stream(request: Request, options?: CallOptions): ClientStream<unknown>;
  /** Resolves when the broker has accepted the event. @throws what {@link Broker.publish} throws. */
  abstract publish(message: EventMessage, options?: PublishEventOptions): Promise<void>;
  /**
   * What the registry says of a service's endpoint whose method part is `method`; undefined when unknown.
   * With the `options` of a call that waits for this, an object of that call alone, its time begins now:
   * a promise then rejects as the call would when that is over, or its signal aborts.
   */
  abstract describe(
    service: string,
    method: string,
    options?: CallOptions,
  ): EndpointShape | undefined | Promise<EndpointShape | undefined>;
  /** Ends every call and connection. Idempotent. */
  abstract close(): Promise<void>;
}
