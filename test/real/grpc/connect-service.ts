import { Handler, RpcError, Service, type Context } from "plugboard";
import {
  conformanceName,
  fromMetadata,
  pack,
  shapes,
  toMetadata,
  toStatusNumber,
  unpackDetail,
  type ConformanceError,
  type Header,
  type Packed,
  type Payload,
  type Reply,
  type StreamRequest,
  type UnaryRequest,
} from "./connect-contract.js";
import { statusError } from "./grpc-status.js";

const typesOf = (method: string): object => {
  const { input, output, requestStream, replyStream } = shapes[method]!;
  return { input, output, requestStream, replyStream };
};

/** The service that Connect's suite calls: it answers as each request tells it to. */
@Service({ name: conformanceName })
export class ConformanceService {
  @Handler(typesOf("Unary"))
  async unary(request: UnaryRequest, context: Context): Promise<Reply> {
    return answer(request, [await pack("UnaryRequest", request)], context);
  }

  @Handler(typesOf("IdempotentUnary"))
  async idempotentUnary(request: UnaryRequest, context: Context): Promise<Reply> {
    return answer(request, [await pack("IdempotentUnaryRequest", request)], context);
  }

  @Handler(typesOf("ClientStream"))
  async clientStream(requests: AsyncIterable<UnaryRequest>, context: Context): Promise<Reply> {
    let first: UnaryRequest = {};
    const seen: Packed[] = [];
    for await (const request of requests) {
      if (seen.length === 0) first = request;
      seen.push(await pack("ClientStreamRequest", request));
    }
    return answer(first, seen, context);
  }

  @Handler(typesOf("ServerStream"))
  async *serverStream(request: StreamRequest, context: Context): AsyncIterable<Reply> {
    say(request, context);
    const seen = [await pack("ServerStreamRequest", request)];
    yield* answers(request, infoOf(context, seen), context);
    await fail(request.responseDefinition?.error, () => infoOf(context, seen), sentAny(request));
  }

  @Handler(typesOf("BidiStream"))
  async *bidiStream(
    requests: AsyncIterable<StreamRequest>,
    context: Context,
  ): AsyncIterable<Reply> {
    let first: StreamRequest | undefined;
    const seen: Packed[] = [];
    let sent = 0;
    for await (const request of requests) {
      first ??= say(request, context);
      seen.push(await pack("BidiStreamRequest", request));
      if (!first.fullDuplex) continue;
      const { responseDefinition } = first;
      const data = responseDefinition?.responseData[sent];
      if (data === undefined) break;
      await delay(responseDefinition?.responseDelayMs);
      const requestInfo = sent === 0 ? infoOf(context, seen) : { requests: seen };
      yield { payload: { data, requestInfo: { ...requestInfo, requests: seen.splice(0) } } };
      sent += 1;
    }
    if (!first) return;
    if (first.fullDuplex) {
      for (const data of first.responseDefinition?.responseData.slice(sent) ?? []) {
        await delay(first.responseDefinition?.responseDelayMs);
        const requestInfo = sent === 0 ? infoOf(context, seen) : undefined;
        yield { payload: { data, ...(requestInfo && { requestInfo }) } };
        sent += 1;
      }
    } else {
      yield* answers(first, infoOf(context, seen), context);
      sent = first.responseDefinition?.responseData.length ?? 0;
    }
    await fail(first.responseDefinition?.error, () => infoOf(context, seen), sent > 0);
  }
}

const sentAny = ({ responseDefinition }: StreamRequest): boolean =>
  (responseDefinition?.responseData.length ?? 0) > 0;

const delay = (ms = 0): Promise<void> =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));

type Info = NonNullable<Payload["requestInfo"]>;

/** What came with the call. */
function infoOf(context: Context, requests: readonly Packed[]): Info {
  const timeoutMs = context.remainingMs();
  return {
    requestHeaders: fromMetadata(context.metadata),
    ...(Number.isFinite(timeoutMs) && { timeoutMs: BigInt(Math.floor(timeoutMs)) }),
    requests,
  };
}

interface Said {
  readonly responseDefinition?: {
    readonly responseHeaders: readonly Header[];
    readonly responseTrailers: readonly Header[];
  };
}

/** Sets the metadata of the replies as the request says. */
function say<T extends Said>(request: T, { replyHeaders, replyTrailers }: Context): T {
  Object.assign(replyHeaders, toMetadata(request.responseDefinition?.responseHeaders ?? []));
  Object.assign(replyTrailers, toMetadata(request.responseDefinition?.responseTrailers ?? []));
  return request;
}

async function answer(
  request: UnaryRequest,
  seen: readonly Packed[],
  context: Context,
): Promise<Reply> {
  const { responseDefinition } = say(request, context);
  const requestInfo = infoOf(context, seen);
  await delay(responseDefinition?.responseDelayMs);
  await fail(responseDefinition?.error, () => requestInfo, false);
  const data = responseDefinition?.responseData;
  return { payload: { ...(data && { data }), requestInfo } };
}

async function* answers(
  { responseDefinition }: StreamRequest,
  requestInfo: Info,
  _context: Context,
): AsyncIterable<Reply> {
  let first = true;
  for (const data of responseDefinition?.responseData ?? []) {
    await delay(responseDefinition?.responseDelayMs);
    yield { payload: { data, ...(first && { requestInfo }) } };
    first = false;
  }
}

/** Fails as told; with what came, unless a reply has said it. */
async function fail(
  error: ConformanceError | undefined,
  info: () => Info,
  told: boolean,
): Promise<void> {
  if (!error) return;
  const packed = told ? [] : [await pack("ConformancePayload.RequestInfo", info())];
  const { code, detail, reason } = statusError(toStatusNumber(error.code), error.message ?? "");
  throw new RpcError(code, detail, {
    ...(reason !== undefined && { reason }),
    details: [...error.details, ...packed].map(unpackDetail),
  });
}
