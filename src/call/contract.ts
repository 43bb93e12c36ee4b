import type { MessageType } from "../codec/message-type.js";

/** How one method is called. */
export interface EndpointShape {
  /** `Greeter.Hello`. */
  readonly endpoint: string;
  /** Where gRPC servers of other makes have it, as its `.proto` says: `/greeter.v1.Greeter/Hello`. */
  readonly path?: string;
  readonly input?: MessageType;
  readonly output?: MessageType;
  /** The method takes an AsyncIterable. */
  readonly requestStream?: boolean;
  /** The method gives an AsyncIterable. */
  readonly replyStream?: boolean;
  /** A second call does no harm, so it may be retried. */
  readonly idempotent?: boolean;
}

/** A service known by value: what a `.proto` says of it. `S` types its clients and handlers. */
export interface ServiceContract<S> {
  /** The name under which it registers. */
  readonly service: string;
  /** By method name, such as `hello`. */
  readonly endpoints: Readonly<Record<string, EndpointShape>>;
  readonly __type?: S;
}

/** Makes a {@link ServiceContract}. Generated code calls it; so may you. */
export const contract = <S>(
  service: string,
  endpoints: Readonly<Record<string, EndpointShape>>,
): ServiceContract<S> => ({ service, endpoints });
