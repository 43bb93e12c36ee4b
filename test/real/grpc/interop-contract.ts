import { join } from "node:path";
import { Client, type MessageType } from "plugboard";
import { loadProtoFile, protoContract } from "plugboard/plugins/codec/protobuf";

/** So many bytes of nothing. */
export interface Payload {
  readonly type?: "COMPRESSABLE";
  readonly body: Uint8Array;
}

/** How a call is to fail. */
export interface EchoStatus {
  readonly code: number;
  readonly message: string;
}

export interface SimpleRequest {
  readonly responseType?: "COMPRESSABLE";
  readonly responseSize?: number;
  readonly payload?: Payload;
  readonly responseStatus?: EchoStatus;
  readonly fillServerId?: boolean;
}

export interface SimpleResponse {
  readonly payload?: Payload;
  readonly serverId?: string;
}

export interface StreamingInputCallRequest {
  readonly payload?: Payload;
}

export interface StreamingOutputCallRequest {
  readonly responseType?: "COMPRESSABLE";
  readonly responseParameters?: readonly {
    readonly size: number;
    readonly intervalUs?: number;
  }[];
  readonly payload?: Payload;
  readonly responseStatus?: EchoStatus;
}

export interface StreamingOutputCallResponse {
  readonly payload?: Payload;
}

/** `grpc.testing.TestService`. */
export interface TestServiceMethods {
  emptyCall(request: object): Promise<object>;
  unaryCall(request: SimpleRequest): Promise<SimpleResponse>;
  streamingOutputCall(
    request: StreamingOutputCallRequest,
  ): AsyncIterable<StreamingOutputCallResponse>;
  streamingInputCall(
    requests: AsyncIterable<StreamingInputCallRequest>,
  ): Promise<{ readonly aggregatedPayloadSize: number }>;
  fullDuplexCall(
    requests: AsyncIterable<StreamingOutputCallRequest>,
  ): AsyncIterable<StreamingOutputCallResponse>;
  unimplementedCall(request: object): Promise<object>;
}

const proto = loadProtoFile(join(__dirname, "testing.proto"));

/** What everybody here is registered as. */
export const interopName = "grpc-interop";

/** A message of `testing.proto`, for a handler. */
export const message = <T>(name: string): MessageType<T> => proto.message(name) as MessageType<T>;

/** Calls `grpc.testing.TestService`. */
export class TestServiceClient extends Client(
  protoContract<TestServiceMethods>(interopName, proto.service("TestService")),
) {}

/** Calls a service that nobody serves. */
export class UnimplementedServiceClient extends Client(
  protoContract<Pick<TestServiceMethods, "unimplementedCall">>(
    interopName,
    proto.service("UnimplementedService"),
  ),
) {}

/** So many bytes of nothing. */
export const zeros = (size: number): Payload => ({
  type: "COMPRESSABLE",
  body: new Uint8Array(size),
});
