import type { MutableMetadata } from "../base/metadata.js";
import type { Peer } from "../base/peer.js";
import type { CallShape } from "../call/call.js";
import type { CallContext } from "../call/context.js";
import type { ReplyMetadata } from "../call/reply-metadata.js";
import type { Route, Router } from "./router.js";

/** One call as its protocol sees it: what came, and the way back. */
export interface Exchange {
  /** What was called, as far as it is known, for errors. */
  readonly endpoint: string;
  /** Milliseconds that the caller waits; Infinity without a limit. */
  readonly timeoutMs: number;
  /** 1 for a first attempt. */
  readonly attempt: number;
  /** What a handler sees of what came along. Read once. */
  readMetadata(): MutableMetadata;
  /** Who called, where the protocol knows it. */
  readPeer?(): Peer | undefined;
  /** Finds who serves it. Asked first. @throws RpcError for a call that nobody can serve. */
  route(router: Router): Route;
  /**
   * Waits for what has to come before the call can begin, where the protocol tells a call's head before its
   * request: until then it takes no place. @throws RpcError for what does not come, or is too much.
   */
  arrive?(route: Route): Promise<void>;
  /** @throws MethodNotAllowed when the handler cannot be called the way the caller does. */
  shape(route: Route): CallShape;
  /** The request of a unary call, or a promise of it. @throws RpcError for one that cannot be read. */
  request(route: Route): unknown;
  /** The requests of a stream, until the caller ends it. */
  requests(route: Route, context: CallContext): AsyncGenerator<unknown>;
  /**
   * Sends a reply, the headers of `told` before the first; resolves when the next may be sent.
   * @throws what writing it throws.
   */
  reply(value: unknown, route: Route, told: ReplyMetadata | undefined): Promise<void>;
  /** Ends the call in good order, after its last reply, with the trailers of `told`. */
  end(shape: CallShape, told: ReplyMetadata | undefined): Promise<void>;
  /** Ends the call with what was thrown, as far as a caller may know it, and what is left of `told`. `id` says who speaks. */
  fail(thrown: unknown, id: string, told?: ReplyMetadata): Promise<void>;
  /** Calls `listener` when the caller goes away before the call has ended. */
  onGone(listener: () => void): void;
}
