/** The door for authors of plugins: contracts, what they speak, and what every plugin receives. */
export type {
  Clock,
  Connection,
  ConnectionListener,
  ConnectionServer,
  DatagramOptions,
  DatagramSocket,
  Environment,
  Files,
  Network,
  ProcessHost,
  Random,
  Timer,
  Timers,
} from "./base/environment.js";
export { peerOf, type Peer, type PeerCertificate, type PeerEnd } from "./base/peer.js";
export type {
  ClientCertificate,
  Pem,
  TlsConnect,
  TlsListen,
  TlsMaterial,
  TlsOptions,
  TlsVersion,
} from "./base/tls.js";
export { readPeerCertificate } from "./tls/peer-certificate.js";
export { requireTls } from "./tls/require-tls.js";
export { TlsCredentials } from "./tls/tls-credentials.js";
export { clientRefused, tlsFailure, tlsRequired } from "./tls/tls-errors.js";
export { silentLogger, type LogFields, type Logger } from "./base/logger.js";
export {
  newMetadata,
  noMetadata,
  toMetadata,
  type Metadata,
  type MutableMetadata,
} from "./base/metadata.js";
export {
  OptionError,
  requireOneOf,
  requirePositive,
  requireText,
  requireWhole,
} from "./base/options.js";
export { listenBacklog } from "./base/listen-backlog.js";
export { followSignals } from "./base/follow-signals.js";
export { errorStatus, toErrorCode, type ErrorCode } from "./base/error-code.js";
export { RpcError, type RpcErrorOptions } from "./base/error.js";
export type { ErrorDetail } from "./base/error-detail.js";
export {
  BadRequest,
  Canceled,
  Conflict,
  ContentTooLarge,
  Forbidden,
  InternalServerError,
  MethodNotAllowed,
  NotFound,
  NotImplemented,
  rpcError,
  Timeout,
  TooManyRequests,
  Unauthorized,
  Unavailable,
  UnsupportedMediaType,
} from "./base/errors.js";
export {
  definePlugin,
  type Instances,
  type Plugin,
  type PluginFromSettings,
  type PluginSettings,
  type Token,
} from "./plugin/plugin.js";
export { loadPackage, type OptionalPackage } from "./plugin/load-package.js";
export { Registry } from "./registry/registry.js";
export type {
  EndpointRecord,
  RegisterOptions,
  RegistryEvent,
  RegistryWatcher,
  ServiceNode,
  ServiceRecord,
  ValueDescription,
} from "./registry/registry.js";
export { RegistryCache } from "./registry/registry-cache.js";
export { EventQueue } from "./registry/event-queue.js";
export {
  endpointFromJson,
  endpointToJson,
  isObject,
  recordFromJson,
  recordToJson,
  textsFromJson,
} from "./registry/record-json.js";
export { mergeRecords } from "./registry/merge-records.js";
export { Selector } from "./selector/selector.js";
export type {
  AttemptOutcome,
  SelectFilter,
  Selection,
  SelectNext,
  SelectOptions,
} from "./selector/selector.js";
export {
  strategySelector,
  type Choose,
  type LearningStrategy,
  type Strategy,
  type StrategySelectorOptions,
} from "./selector/strategy-selector.js";
export type { EjectionOptions } from "./selector/ejection.js";
export { blameOf, type Blame } from "./selector/blame.js";
export { preferring, type Labels, type Preference } from "./selector/preferring.js";
export { Remembered } from "./selector/remembered.js";
export {
  Codec,
  type BodyReader,
  type BodyWriter,
  type CodecHeader,
  type MessageKind,
} from "./codec/codec.js";
export { bodyReader, bodyWriter } from "./codec/body-coders.js";
export type {
  EnumType,
  FieldKind,
  MessageField,
  MessageType,
  ScalarKind,
} from "./codec/message-type.js";
export { fromJsonValue, toJsonValue } from "./codec/json-mapping.js";
export { messageTypes } from "./codec/message-types.js";
export { descriptorTypes } from "./codec/descriptor-types.js";
export {
  fileDescriptors,
  type FileDescriptor,
  type PackagedService,
} from "./codec/file-descriptors.js";
export { protoText } from "./codec/proto-text.js";
export { Transport } from "./transport/transport.js";
export type {
  DialOptions,
  Listener,
  ListenOptions,
  Message,
  Socket,
  TransportClient,
  TransportLimits,
} from "./transport/transport.js";
export type {
  Lane,
  LaneCall,
  LaneHandler,
  LaneHead,
  LaneReplies,
  LaneRequest,
  LaneRoute,
  LaneServing,
  LaneStream,
  LaneStreamCall,
  LaneStreamHandler,
  LaneStreamTarget,
  LaneStreamUser,
  LaneTarget,
} from "./transport/lane.js";
export { BufferPool } from "./frames/buffer-pool.js";
export { FrameClient } from "./frames/frame-client.js";
export type { FrameClientParts } from "./frames/frame-client-parts.js";
export { FrameServer } from "./frames/frame-server.js";
export type { FrameServerParts } from "./frames/frame-server-parts.js";
export { framesKey, framesVersion, preface } from "./frames/protocol.js";
export { Broker } from "./broker/broker.js";
export type {
  BrokerCapabilities,
  BrokerMessage,
  Delivery,
  DeliveryHandler,
  PublishOptions,
  RetryPolicy,
  SubscribeOptions,
  Subscription,
} from "./broker/broker.js";
export { consumer, type Consumer } from "./broker/consumer.js";
export { requireCapability } from "./broker/capability.js";
export type { ConsumerSettings } from "./broker/consumer-contract.js";

export { Client, type EventMessage, type Request } from "./client/client.js";
export type { Attempt, Carrier, Outcome, ReplyListener, Started } from "./client/carrier.js";
export { Invoker, type InvokerOptions } from "./client/invoker.js";
export { Server } from "./server/server.js";
export type {
  Handler,
  HandlerDefinition,
  HandlerSettings,
  ServiceInfo,
  StopReport,
  Subscriber,
  SubscriberDefinition,
} from "./server/server.js";
export { Service, type RunOptions, type ServiceHooks } from "./service/service.js";
export { Codecs } from "./codec/codecs.js";
export { Ambient } from "./call/ambient.js";
export { AppOptions, type Settings } from "./call/app-options.js";
export { messageTypeOf, type Schema } from "./call/schema.js";
export { bindClient, describeClient, reservedMethods } from "./client/typed-client.js";
export { bindPublisher, topicOf } from "./client/publisher.js";
export {
  circular,
  Container,
  dependenciesOf,
  injectedTokens,
  notThereYet,
  requireToken,
  type Class,
  type Dependency,
} from "./plugin/container.js";
export { choiceName, isPlugin, type FactoryChoice, type PluginChoice } from "./plugin/choice.js";
export { Assembly, choicesOf, type AssemblyOptions, type SlotChoice } from "./service/assembly.js";
export { chooseSlots, slotsOf } from "./service/choose-slots.js";
export { logBanner } from "./service/banner.js";
export { readSettings } from "./service/settings.js";
export {
  slotNames,
  slotTokens,
  type Plugins,
  type SlotName,
  type Standard,
} from "./service/slots.js";
export { errorClasses, type ErrorClass, type ErrorClasses } from "./call/error-wire.js";
export { decodeError, describe, encodeError, toRpcError } from "./call/error-wire.js";
export { CallContext, type Context } from "./call/context.js";
export { ContextValue } from "./call/context-value.js";
export { readReplyTrailers, writeReplyTrailers } from "./call/reply-headers.js";
export type { ReplyMetadata } from "./call/reply-metadata.js";
export {
  header,
  incomingMetadata,
  readAttempt,
  readTimeoutMs,
  writeTimeout,
} from "./call/headers.js";
export { orCancelled } from "./call/or-cancelled.js";
export type { Call, CallHandler, CallShape, Interceptor } from "./call/call.js";
export { EngineClient, type EngineClientParts } from "./client/engine-client.js";
export {
  engineClientOptions,
  type ClientOptions,
  type EngineClientOptions,
} from "./client/engine-client-options.js";
export { EngineServer, type EngineServerParts } from "./server/engine-server.js";
export {
  engineServerOptions,
  type DebugAccess,
  type EngineServerOptions,
  type ServerOptions,
} from "./server/engine-server-options.js";
export type { Entrance, OpenEntrance } from "./server/entrance.js";
export type { Exchange } from "./server/exchange.js";
export { splitAddress } from "./server/advertise.js";
export { serveCall, type ServeParts } from "./server/serve-call.js";
export { ServingTurns } from "./server/serving-turns.js";
export { prepare as unaryTarget, type LaneParts } from "./server/lane-calls.js";
export { ownCalls, type OwnCalls } from "./server/own-calls.js";
export type { Readiness } from "./server/readiness.js";
export { agreedShape, ownShape } from "./server/call-shape.js";
export type { Route, Router } from "./server/router.js";
export { fromGrpcType, toGrpcType } from "./grpc/content-type.js";
export {
  readGrpcHeaders,
  writeGrpcBytes,
  writeGrpcHeaders,
  type GrpcHeaders,
} from "./grpc/grpc-headers.js";
export { readGrpcMessage, writeGrpcMessage } from "./grpc/grpc-message.js";
export { askPeer, type PeerAnswer } from "./grpc/ask-peer.js";
export { deferDestroy } from "./grpc/defer-destroy.js";
export { holdSession } from "./grpc/hold-session.js";
export { Inbox } from "./grpc/inbox.js";
export { acceptedEncodings, inflateMessage } from "./grpc/inflate-message.js";
export {
  MessageReader,
  writeMessageFrame,
  type FramedMessage,
  type MessageFaults,
} from "./grpc/message-reader.js";
export { fromWireMetadata, repliedMetadata, toWireMetadata } from "./grpc/metadata-wire.js";
export { readGrpcPath, writeGrpcPath, type GrpcPath } from "./grpc/path.js";
export { fromStatus, toStatus, type GrpcStatus } from "./grpc/status-error.js";
export { fromGrpcStatus, grpcStatus, reasonOfGrpcStatus, toGrpcStatus } from "./grpc/status.js";
export { readGrpcTimeout, writeGrpcTimeout } from "./grpc/timeout.js";
export { readCallPath, writeCallPath, type CallPath } from "./http/call-path.js";
export { readErrorLine, valueLine, writeErrorLine } from "./http/error-line.js";
export { fromHeaderText, toHeaderText } from "./http/header-text.js";
export { Lines } from "./http/lines.js";
export { mediaType, ndjsonType } from "./http/media-type.js";
export { rpcClient, type RpcClientOptions } from "./client/rpc-client.js";
export { rpcServer, type RpcServerOptions } from "./server/rpc-server.js";
export { rpcService } from "./service/rpc-service.js";
export { contract, type EndpointShape, type ServiceContract } from "./call/contract.js";
