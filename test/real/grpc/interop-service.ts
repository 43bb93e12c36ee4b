import { Handler, Service, type Context } from "plugboard";
import { statusError } from "./grpc-status.js";
import {
  interopName,
  message,
  zeros,
  type EchoStatus,
  type SimpleRequest,
  type SimpleResponse,
  type StreamingInputCallRequest,
  type StreamingOutputCallRequest,
  type StreamingOutputCallResponse,
} from "./interop-contract.js";

const empty = { input: message<object>("Empty"), output: message<object>("Empty") };
const simple = {
  input: message<SimpleRequest>("SimpleRequest"),
  output: message<SimpleResponse>("SimpleResponse"),
};
const output = {
  input: message<StreamingOutputCallRequest>("StreamingOutputCallRequest"),
  output: message<StreamingOutputCallResponse>("StreamingOutputCallResponse"),
  replyStream: true,
};
const input = {
  input: message<StreamingInputCallRequest>("StreamingInputCallRequest"),
  output: message<{ readonly aggregatedPayloadSize: number }>("StreamingInputCallResponse"),
  requestStream: true,
};

/** Metadata that a server of the test cases sends back: at the beginning, and at the end. */
export const echoed = {
  initial: "x-grpc-test-echo-initial",
  trailing: "x-grpc-test-echo-trailing-bin",
} as const;

/** The server of gRPC's interoperation test cases. */
@Service({ name: interopName })
export class TestService {
  @Handler(empty) async emptyCall(_request: object): Promise<object> {
    return Promise.resolve({});
  }

  @Handler(simple)
  async unaryCall(request: SimpleRequest, context: Context): Promise<SimpleResponse> {
    echoMetadata(context);
    failAs(request.responseStatus);
    const reply = { payload: zeros(request.responseSize ?? 0) };
    return Promise.resolve(request.fillServerId ? { ...reply, serverId: interopName } : reply);
  }

  @Handler(output)
  async *streamingOutputCall(
    request: StreamingOutputCallRequest,
  ): AsyncIterable<StreamingOutputCallResponse> {
    yield* repliesTo(request);
  }

  @Handler(input)
  async streamingInputCall(
    requests: AsyncIterable<StreamingInputCallRequest>,
  ): Promise<{ readonly aggregatedPayloadSize: number }> {
    let aggregatedPayloadSize = 0;
    for await (const { payload } of requests) aggregatedPayloadSize += payload?.body.length ?? 0;
    return { aggregatedPayloadSize };
  }

  @Handler({ ...output, requestStream: true })
  async *fullDuplexCall(
    requests: AsyncIterable<StreamingOutputCallRequest>,
    context: Context,
  ): AsyncIterable<StreamingOutputCallResponse> {
    echoMetadata(context);
    for await (const request of requests) {
      failAs(request.responseStatus);
      yield* repliesTo(request);
    }
  }
}

function echoMetadata({ metadata, replyHeaders, replyTrailers }: Context): void {
  const { [echoed.initial]: initial, [echoed.trailing]: trailing } = metadata;
  if (initial !== undefined) replyHeaders[echoed.initial] = initial;
  if (trailing !== undefined) replyTrailers[echoed.trailing] = trailing;
}

function failAs(status: EchoStatus | undefined): void {
  if (status && status.code !== 0) throw statusError(status.code, status.message);
}

async function* repliesTo({
  responseParameters = [],
}: StreamingOutputCallRequest): AsyncIterable<StreamingOutputCallResponse> {
  for (const { size, intervalUs = 0 } of responseParameters) {
    if (intervalUs > 0) await new Promise((resolve) => setTimeout(resolve, intervalUs / 1_000));
    yield { payload: zeros(size) };
  }
}
