import { RpcError, type CallOptions, type Metadata, type PlainService } from "plugboard";
import { toGrpcStatus } from "plugboard/spi";
import {
  codec,
  conformanceName,
  fromMetadata,
  fromStatusNumber,
  packDetail,
  shapes,
  toMetadata,
  type ClientResult,
  type ClientTask,
  type ConformanceError,
  type Payload,
  type Reply,
} from "./connect-contract.js";

/** Milliseconds after which a call that does not end is cancelled; the suite's own delays are shorter. */
const longestMs = 8_000;

/** Makes one call as the suite says, and tells what came of it. */
export async function callAsTold(task: ClientTask, service: PlainService): Promise<ClientResult> {
  const { client } = service;
  const shape = shapes[task.method ?? ""];
  if (!shape) throw new Error(`no method ${task.method}`);
  const call = new ToldCall(task);
  const heard: { headers?: Metadata; trailers?: Metadata } = {};
  const options: CallOptions = {
    address: `${task.host}:${task.port}`,
    timeoutMs: task.timeoutMs ?? Number.POSITIVE_INFINITY,
    metadata: toMetadata(task.requestHeaders),
    signal: call.signal,
    onHeaders: (headers) => (heard.headers = headers),
    onTrailers: (trailers) => (heard.trailers = trailers),
  };
  const messages = await Promise.all(
    task.requestMessages.map(async ({ value }) =>
      (await codec).readBody(value, "request", shape.input),
    ),
  );
  const body = shape.requestStream ? call.requests(messages) : call.request(messages[0]);
  const request = client.newRequest(conformanceName, shape, body);
  const payloads: Payload[] = [];
  let error: ConformanceError | undefined;
  try {
    if (shape.replyStream)
      for await (const reply of client.stream(request, options)) {
        payloads.push((reply as Reply).payload ?? {});
        call.replied(payloads.length);
      }
    else payloads.push(((await client.call(request, options)) as Reply).payload ?? {});
  } catch (thrown) {
    error = errorOf(thrown);
  } finally {
    call.end();
  }
  return {
    responseHeaders: fromMetadata(heard.headers),
    payloads,
    ...(error && { error }),
    responseTrailers: fromMetadata(heard.trailers),
  };
}

/** The requests of a call, and when it is cancelled. */
class ToldCall {
  readonly #abort = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly #guard = setTimeout(() => this.#cancel(), longestMs);
  #timer: NodeJS.Timeout | undefined;
  #replies = 0;

  constructor(private readonly task: ClientTask) {}

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The one request; it is as good as sent. */
  request(message: unknown): unknown {
    this.#closed();
    return message;
  }

  async *requests(messages: readonly unknown[]): AsyncGenerator<unknown> {
    const { requestDelayMs, cancel, streamType } = this.task;
    const inTurn = streamType === "STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM";
    for (const [index, message] of messages.entries()) {
      if (requestDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, requestDelayMs));
      yield message;
      while (inTurn && this.#replies <= index && !this.signal.aborted)
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (cancel?.beforeCloseSend) this.#cancel();
    else this.#closed();
  }

  /** A reply has come. */
  replied(count: number): void {
    this.#replies = count;
    if (this.task.cancel?.afterNumResponses === count) this.#cancel();
    this.#wake();
  }

  /** The call is over. */
  end(): void {
    clearTimeout(this.#guard);
    clearTimeout(this.#timer);
    this.#replies = Number.POSITIVE_INFINITY;
    this.#wake();
  }

  #closed(): void {
    const { cancel } = this.task;
    if (!cancel || cancel.beforeCloseSend || cancel.afterNumResponses) return;
    this.#timer = setTimeout(() => this.#cancel(), cancel.afterCloseSendMs ?? 0);
  }

  #cancel(): void {
    this.#abort.abort();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function errorOf(thrown: unknown): ConformanceError {
  if (!(thrown instanceof RpcError))
    return { code: "CODE_UNKNOWN", message: `not an RpcError: ${String(thrown)}`, details: [] };
  return {
    code: fromStatusNumber(toGrpcStatus(thrown)),
    message: thrown.detail,
    details: (thrown.details ?? []).map(packDetail),
  };
}
