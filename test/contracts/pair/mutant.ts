import { AsyncResource } from "node:async_hooks";
import type { CallOptions, ClientStream, Context } from "../../../src/index.js";
import {
  Ambient,
  Registry,
  type Client,
  type Environment,
  type Plugin,
  type Request,
  type HandlerDefinition,
  type Server,
  type SubscriberDefinition,
  type Token,
} from "../../../src/spi.js";
import type { PairBreak } from "./harness.js";

/** A client or a server with one promise broken, and the clause that must notice. */
export interface PairMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  readonly broken: PairBreak;
}

/** What a mutant may use to do harm. */
export interface Tools {
  readonly environment: Environment;
  readonly ambient: Ambient;
  /** Runs something outside of any call that is being served. */
  readonly outside: <T>(work: () => T) => T;
}

/** The client with some of its members replaced. */
export const withClient = (client: Client, parts: Partial<Client>): Client => ({
  name: client.name,
  protocol: client.protocol,
  newRequest: (service, endpoint, body) => client.newRequest(service, endpoint, body),
  newMessage: (topic, data) => client.newMessage(topic, data),
  call: (request, options) => client.call(request, options),
  stream: (request, options) => client.stream(request, options),
  publish: (message, options) => client.publish(message, options),
  describe: (service, method) => client.describe(service, method),
  close: () => client.close(),
  ...parts,
});

/** The server with some of its members replaced. */
export const withServer = (server: Server, parts: Partial<Server>): Server => ({
  name: server.name,
  protocol: server.protocol,
  get address() {
    return server.address;
  },
  newHandler: (definition) => server.newHandler(definition),
  handle: (handler) => server.handle(handler),
  newSubscriber: (definition) => server.newSubscriber(definition),
  subscribe: (subscriber) => server.subscribe(subscriber),
  use: (interceptor) => server.use(interceptor),
  start: () => server.start(),
  register: () => server.register(),
  deregister: () => server.deregister(),
  stop: (options) => server.stop(options),
  ...parts,
});

/** Breaks every client. */
export const brokenClient = (
  change: (client: Client, tools: Tools) => Partial<Client>,
): PairBreak => ({
  client: (plugin) => ({
    ...plugin,
    needs: [...plugin.needs, Ambient],
    create: async (environment, ...needs) => {
      const client = await plugin.create(environment, ...needs.slice(0, -1));
      const here = new AsyncResource("outside");
      const outside = <T>(work: () => T): T => here.runInAsyncScope(work);
      const ambient = needs.at(-1) as Ambient;
      return withClient(client, change(client, { environment, ambient, outside }));
    },
  }),
});

/** A plugin that stands on something broken. */
export const onBroken =
  <Part>(token: Token<Part>, change: (part: Part) => Part) =>
  <T>(plugin: Plugin<T>): Plugin<T> => ({
    ...plugin,
    create: (environment, ...needs) =>
      plugin.create(
        environment,
        ...needs.map((need, index) =>
          plugin.needs[index] === (token as Token<unknown>) ? change(need as Part) : need,
        ),
      ),
  });

/** Gives every server a broken part to stand on. */
export const serverOnBroken = <Part>(
  token: Token<Part>,
  change: (part: Part) => Part,
): PairBreak => ({ server: onBroken(token, change) });

/** Gives every server a registry with some of its members replaced. */
export const onRegistry = (change: (registry: Registry) => Partial<Registry>): PairBreak =>
  serverOnBroken(Registry, (registry) => ({
    name: registry.name,
    register: (record, options) => registry.register(record, options),
    deregister: (record, options) => registry.deregister(record, options),
    getService: (name, options) => registry.getService(name, options),
    listServices: (options) => registry.listServices(options),
    watch: (options) => registry.watch(options),
    close: () => registry.close(),
    ...change(registry),
  }));

/** Breaks every server. */
export const brokenServer = (
  change: (server: Server, environment: Environment) => Partial<Server>,
): PairBreak => ({
  server: (plugin) => ({
    ...plugin,
    create: async (environment, ...needs) => {
      const server = await plugin.create(environment, ...needs);
      return withServer(server, change(server, environment));
    },
  }),
});

/** Changes how every handler is defined. */
export const brokenHandler = (
  change: (definition: HandlerDefinition, environment: Environment) => HandlerDefinition,
): PairBreak =>
  brokenServer((server, environment) => ({
    newHandler: (definition) => server.newHandler(change(definition, environment)),
  }));

/** Changes how every subscriber is defined. */
export const brokenSubscriber = (
  change: (definition: SubscriberDefinition) => SubscriberDefinition,
): PairBreak =>
  brokenServer((server) => ({
    newSubscriber: (definition) => server.newSubscriber(change(definition)),
  }));

/** Puts something between every handler and its calls. */
export const brokenHandling = (
  change: (
    handle: (request: unknown, context: Context) => unknown,
    request: unknown,
    context: Context,
  ) => unknown,
): PairBreak =>
  brokenHandler((definition) => {
    const handle = definition.handle as (request: unknown, context: Context) => unknown;
    return {
      ...definition,
      handle: (request: unknown, context: Context) => change(handle, request, context),
    };
  });

/** Changes the options of every call and stream. */
export const brokenOptions = (
  change: (options: CallOptions, context: Context | undefined) => CallOptions,
): PairBreak =>
  brokenClient((client, { ambient }) => ({
    call: (request, options = {}) => client.call(request, change(options, ambient.current)),
    stream: (request, options = {}) => client.stream(request, change(options, ambient.current)),
  }));

/** Does something else in the place of every unary call. */
export const brokenCall = (
  change: (
    call: (options?: CallOptions) => Promise<unknown>,
    options: CallOptions,
    tools: Tools,
    request: Request,
  ) => Promise<unknown>,
): PairBreak =>
  brokenClient((client, tools) => ({
    call: (request, options = {}) =>
      change((changed = options) => client.call(request, changed), options, tools, request),
  }));

/** Changes how every stream is read. */
export const brokenStream = (
  change: (replies: ClientStream<unknown>) => ClientStream<unknown>,
): PairBreak =>
  brokenClient((client) => ({
    stream: (request, options) => change(client.stream(request, options)),
  }));

/** Changes the requests of every call that streams them. */
export const brokenRequests = (
  change: (requests: AsyncIterable<unknown>) => AsyncIterable<unknown>,
): PairBreak => {
  const changed = (request: Request): Request => {
    const { body } = request;
    const streamed = typeof body === "object" && body !== null && Symbol.asyncIterator in body;
    return streamed ? { ...request, body: change(body as AsyncIterable<unknown>) } : request;
  };
  return brokenClient((client) => ({
    call: (request, options) => client.call(changed(request), options),
    stream: (request, options) => client.stream(changed(request), options),
  }));
};

/** Replies from a generator; `close` ends the stream behind it. */
export const streamOf = (
  items: AsyncIterable<unknown>,
  close: () => Promise<void>,
): ClientStream<unknown> => ({
  [Symbol.asyncIterator]: () => items[Symbol.asyncIterator](),
  close,
});
