/** The engine's door for authors of apps. It knows no decorator and no plugin. */
export { RpcError, type RpcErrorOptions } from "./base/error.js";
export type { ErrorDetail } from "./base/error-detail.js";
export { errorStatus, type ErrorCode } from "./base/error-code.js";
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
export { OptionError } from "./base/options.js";
export type { Logger, LogFields } from "./base/logger.js";
export type { Metadata, MutableMetadata } from "./base/metadata.js";
export type { Environment } from "./base/environment.js";
export type { Peer, PeerCertificate } from "./base/peer.js";
export type { ClientCertificate, Pem, TlsOptions, TlsVersion } from "./base/tls.js";
export { Ambient } from "./call/ambient.js";
export type { Call, CallHandler, CallShape, Interceptor } from "./call/call.js";
export type { CallOptions } from "./call/call-options.js";
export type { Hedge } from "./call/hedge.js";
export type { ClientOf, ClientStream, HandlersOf, Hooks } from "./call/client-of.js";
export type { Context } from "./call/context.js";
export { ContextValue } from "./call/context-value.js";
export { contract, type EndpointShape, type ServiceContract } from "./call/contract.js";
export type { ErrorClass } from "./call/error-wire.js";
export type { Propagation } from "./call/headers.js";
export type {
  MessageClass,
  Schema,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "./call/schema.js";
export {
  topic,
  type Event,
  type PublishEventOptions,
  type PublisherOf,
  type Topic,
  type TopicOptions,
} from "./call/topic.js";
export {
  messageTypes,
  type FieldLiteral,
  type MessageTypesLiteral,
} from "./codec/message-types.js";
export type { MessageField, MessageType } from "./codec/message-type.js";
export { protoText } from "./codec/proto-text.js";
export { typedClient as Client, type TypedClientOptions } from "./client/typed-client.js";
export { Publisher } from "./client/publisher.js";
export { Client as RpcClient, type EventMessage, type Request } from "./client/client.js";
export type { ClientOptions } from "./client/engine-client-options.js";
export { rpcClient, type RpcClientOptions } from "./client/rpc-client.js";
export { Server as RpcServer } from "./server/server.js";
export type {
  Handler as ServedHandler,
  HandlerDefinition,
  HandlerSettings,
  ServiceInfo,
  StopReport,
  Subscriber as ServedSubscriber,
  SubscriberDefinition,
} from "./server/server.js";
export type { DebugAccess, ServerOptions } from "./server/engine-server-options.js";
export { rpcServer, type RpcServerOptions } from "./server/rpc-server.js";
export { Service as RpcService, type RunOptions, type ServiceHooks } from "./service/service.js";
export { rpcService } from "./service/rpc-service.js";
export {
  PlainService,
  serviceCreator,
  type CreateServiceOptions,
} from "./service/create-service.js";
export type { Plugins, SlotName, Standard } from "./service/slots.js";
export { factory, type FactoryChoice, type PluginChoice } from "./plugin/choice.js";
export { inject } from "./plugin/container.js";
export type { Plugin } from "./plugin/plugin.js";
export { Broker } from "./broker/broker.js";
export { Codec } from "./codec/codec.js";
export { Registry, type ServiceNode, type ServiceRecord } from "./registry/registry.js";
export { Selector, type SelectFilter } from "./selector/selector.js";
export { Transport } from "./transport/transport.js";
