import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { Inbox, Lines, type Attempt, type Carrier, type RpcError } from "../../../src/spi.js";
import { HttpWire, type WireParts } from "./http-wire.js";
import type { Pools } from "./pools.js";

/** Bytes of an error's body that are read. */
const mostErrorBytes = 1_048_576;

const newline = Buffer.from("\n");

/** Carries calls over plain HTTP. */
export class HttpCarrier implements Carrier {
  constructor(
    private readonly pools: Pools,
    private readonly parts: WireParts,
  ) {}

  async unary(attempt: Attempt): Promise<unknown> {
    const wire = new HttpWire(attempt, this.parts);
    const call = this.#begin(attempt, wire);
    try {
      const answer = await call.answer;
      wire.checkType(answer);
      const reply = await whole(answer.body, this.parts.maxMessageBytes);
      if (!reply) throw wire.tooLarge();
      call.complete();
      return wire.read(reply);
    } catch (error) {
      throw wire.failure(error);
    } finally {
      call.end();
    }
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return this.#replies(attempt, new HttpWire(attempt, this.parts));
  }

  async *#replies(attempt: Attempt, wire: HttpWire): AsyncGenerator {
    const call = this.#begin(attempt, wire);
    try {
      const answer = await call.answer;
      wire.checkType(answer);
      const inbox = new Inbox(answer.body);
      const lines = new Lines(() => inbox.next(), this.parts.maxMessageBytes);
      let error: RpcError | undefined;
      while (!error) {
        const line = await lines.read();
        if (!line) break;
        error = wire.readError(line);
        if (error)
          await lines.read(); // to the end, where the trailers are
        else yield wire.read(line);
      }
      call.complete();
      wire.hearTrailers(answer.trailers);
      if (error) throw error;
    } catch (error) {
      throw wire.failure(error);
    } finally {
      call.end();
    }
  }

  /** Sends a request. @throws Unavailable `client.closed`, and what the codec throws. */
  #begin(attempt: Attempt, wire: HttpWire): HttpCall {
    const { kind, request, context, node } = attempt;
    const streams = kind === "client-stream" || kind === "bidi-stream";
    const fail = (error: unknown): void => context.scope.cancel(error as RpcError);
    const body = streams
      ? Readable.from(requestLines(request as AsyncIterable<unknown>, wire, fail))
      : wire.write(request);
    const headers = wire.headers();
    const abort = new AbortController();
    const lease = this.pools.lease(node.address);
    const untie = context.scope.onCancel((reason) => abort.abort(reason));
    let complete = false;
    return {
      answer: answerOf(
        lease.pool.request({
          method: "POST",
          path: wire.path,
          headers,
          body,
          signal: abort.signal,
        }),
        wire,
      ),
      complete: () => (complete = true),
      end: () => {
        untie();
        if (!complete) abort.abort();
        lease.release();
      },
    };
  }

  close(): Promise<void> {
    return this.pools.close();
  }
}

/** A request on its way. */
interface HttpCall {
  readonly answer: Promise<Dispatcher.ResponseData>;
  /** The answer has been read to its end. */
  complete(): void;
  /** Gives up what is not complete. */
  end(): void;
}

/** The answer, when it is one of 200. @throws the error that it is otherwise. */
async function answerOf(
  answered: Promise<Dispatcher.ResponseData>,
  wire: HttpWire,
): Promise<Dispatcher.ResponseData> {
  const answer = await answered;
  answer.body.on("error", () => {}); // whoever reads it is told
  wire.hearHead(answer);
  if (answer.statusCode === 200) return answer;
  throw wire.error(answer, (await whole(answer.body, mostErrorBytes)) ?? Buffer.alloc(0));
}

/** Everything that comes; undefined when that is too much. */
async function whole(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
}

/** Requests as lines. What goes wrong with the requests themselves goes to `failed`. */
async function* requestLines(
  requests: AsyncIterable<unknown>,
  wire: HttpWire,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  yield newline; // the headers go out with the first bytes, and the server may be the first to speak
  try {
    for await (const request of requests) yield wire.write(request);
  } catch (error) {
    failed(error);
    throw error;
  }
}
