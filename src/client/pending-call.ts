import { RpcError } from "../base/error.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientStream } from "../call/client-of.js";
import type { EndpointShape } from "../call/contract.js";
import type { Client, Request } from "./client.js";

/** Why a call has ended before it was made. */
const over: ReadonlySet<string | undefined> = new Set(["client.timeout", "client.canceled"]);

/**
 * A call of which it is not known yet whether it answers once or with a stream: it can be awaited and
 * iterated. What the registry says decides, else the first use does. A unary call starts by itself
 * as soon as the registry has answered, awaited or not.
 */
export class PendingCall implements PromiseLike<unknown>, ClientStream<unknown> {
  #reply: Promise<unknown> | undefined;
  #replies: ClientStream<unknown> | undefined;
  #closed = false;

  constructor(
    private readonly described: Promise<EndpointShape | undefined>,
    private readonly guess: EndpointShape,
    private readonly request: (shape: EndpointShape) => Request,
    private readonly client: Client,
    private readonly options: CallOptions | undefined,
  ) {
    described.then(
      (shape) => {
        if (shape && !shape.replyStream && !this.#replies && !this.#closed)
          this.#start().catch(() => {});
      },
      () => {},
    );
  }

  #shape(): Promise<EndpointShape> {
    return this.described.then(
      (shape) => shape ?? this.guess,
      (error: unknown) => {
        if (error instanceof RpcError && over.has(error.reason)) throw error;
        // A registry that cannot be asked is the call's own failure to report, with all its words.
        return this.guess;
      },
    );
  }

  #start(): Promise<unknown> {
    // A stream that is awaited, or returned by an async function, gives itself; it cannot be awaited again.
    return (this.#reply ??= this.#shape().then((shape) =>
      shape.replyStream ? this.#stream(shape) : this.client.call(this.request(shape), this.options),
    ));
  }

  #stream(shape: EndpointShape): ClientStream<unknown> {
    return (this.#replies ??= this.client.stream(this.request(shape), this.options));
  }

  then<A = unknown, B = never>(
    onReply?: ((reply: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#start().then(onReply, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.#start().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<unknown> {
    return this.#start().finally(onEnd);
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    let iterator: AsyncIterator<unknown> | undefined;
    const first = async (): Promise<IteratorResult<unknown>> => {
      const shape = await this.#shape();
      if (this.#closed) return { done: true, value: undefined };
      return (iterator ??= this.#stream(shape)[Symbol.asyncIterator]()).next();
    };
    return {
      next: () => iterator?.next() ?? first(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#replies?.close();
  }
}
