import { InternalServerError } from "../base/errors.js";
import { requireText } from "../base/options.js";
import type { CallOptions } from "../call/call-options.js";
import type { ClientOf, ClientStream } from "../call/client-of.js";
import type { EndpointShape, ServiceContract } from "../call/contract.js";
import type { ErrorClass } from "../call/error-wire.js";
import type { Client } from "./client.js";
import { conventionalType } from "./endpoint-directory.js";
import { PendingCall } from "./pending-call.js";

/** What a typed client is made of; kept on its class. */
export interface ClientDescription {
  readonly service: string;
  /** Type part of the endpoints, when it is not to be found out. */
  readonly handler: string | undefined;
  readonly endpoints: Readonly<Record<string, EndpointShape>> | undefined;
  readonly errors: readonly ErrorClass[];
}

/** Where a client class keeps its {@link ClientDescription}. */
export const clientDescription = Symbol.for("plugboard.client");

/** Options of {@link typedClient}. */
export interface TypedClientOptions {
  /** Name of the serving class, such as `Greeter`, when it cannot be told from registry or service name. */
  readonly handler?: string;
  /** Error classes of the service, restored when it throws them. */
  readonly errors?: readonly ErrorClass[];
}

/**
 * A class that is token and type of a client in one: `class GreeterClient extends
 * Client<Greeter>("greeter") {}`. Exported as `Client`. With a contract in the name's place, message
 * types travel as protobuf.
 */
export function typedClient<S>(
  service: string | ServiceContract<S>,
  { handler, errors = [] }: TypedClientOptions = {},
): new () => ClientOf<S> {
  const description: ClientDescription = {
    service:
      typeof service === "string" ? requireText("client's service name", service) : service.service,
    handler,
    endpoints: typeof service === "string" ? undefined : service.endpoints,
    errors,
  };
  class TypedClient {
    static readonly [clientDescription] = description;
    constructor() {
      throw new InternalServerError(
        `${new.target.name} is made by the container: inject it, or ask \`service.client(${new.target.name})\``,
        { reason: "client.constructed" },
      );
    }
  }
  return TypedClient as unknown as new () => ClientOf<S>;
}

/** The description of a client class; undefined for other classes. */
export const describeClient = (Class: unknown): ClientDescription | undefined =>
  (Class as { readonly [clientDescription]?: ClientDescription } | undefined)?.[clientDescription];

/** Names that JavaScript itself asks for; never remote. */
export const reservedMethods: ReadonlySet<string> = new Set([
  "then",
  "catch",
  "finally",
  "toJSON",
  "constructor",
  "toString",
  "valueOf",
  "inspect",
  "onStart",
  "onReady",
  "onDrain",
  "onStop",
  "dispose",
  "__proto__",
  "asymmetricMatch",
  "nodeType",
]);

type Method = (
  request: unknown,
  options?: CallOptions,
) => Promise<unknown> | ClientStream<unknown> | PendingCall;

/** Makes the object behind a client class: each property that is asked for becomes a remote method. @throws TypeError for another class. */
export function bindClient(Class: abstract new () => object, client: Client): object {
  const description = describeClient(Class);
  if (!description)
    throw new TypeError(`${Class.name} is no client; write class X extends Client<Y>("y") {}`);
  const methods = new Map<string, Method>();
  return new Proxy(Object.create(Class.prototype as object) as object, {
    get(target, property): unknown {
      if (typeof property === "symbol" || reservedMethods.has(property))
        return Reflect.get(target, property);
      let method = methods.get(property);
      if (!method && (!description.endpoints || Object.hasOwn(description.endpoints, property))) {
        methods.set(property, (method = remoteMethod(description, property, client)));
      }
      return method;
    },
    set: () => false,
  });
}

function remoteMethod(description: ClientDescription, name: string, client: Client): Method {
  const { service, handler, endpoints } = description;
  const declared = endpoints?.[name];
  if (declared) return (request, options) => begin(client, service, declared, request, options);
  const upper = name.charAt(0).toUpperCase() + name.slice(1);
  const guess: EndpointShape = { endpoint: `${handler ?? conventionalType(service)}.${upper}` };
  return (request, options) => {
    // Without a contract the registry tells the endpoint's full name and whether it streams.
    const found = options?.address ? undefined : describeMethod(client, service, name);
    if (found && !(found instanceof Promise))
      return begin(client, service, found, request, options);
    const own = { ...options };
    found?.catch(() => {}); // asked once more, within the call's time
    return new PendingCall(
      found ? describeInTime(client, service, name, own) : Promise.resolve(undefined),
      guess,
      (shape) => client.newRequest(service, shape, request),
      client,
      own,
    );
  };
}

/** A registry that fails is no reason to throw here: the call itself will tell, by its promise. */
function describeMethod(client: Client, service: string, name: string) {
  try {
    return client.describe(service, name);
  } catch {
    return undefined;
  }
}

const describeInTime = async (
  client: Client,
  service: string,
  name: string,
  options: CallOptions,
): Promise<EndpointShape | undefined> => client.describe(service, name, options);

/** Starts a call whose kind is known. */
function begin(
  client: Client,
  service: string,
  shape: EndpointShape,
  body: unknown,
  options: CallOptions | undefined,
): Promise<unknown> | ClientStream<unknown> {
  const request = client.newRequest(service, shape, body);
  return shape.replyStream ? client.stream(request, options) : client.call(request, options);
}
