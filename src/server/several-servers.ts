import type { Interceptor } from "../call/call.js";
import { newHandlerLoad } from "./handler-load.js";
import type {
  Handler,
  HandlerDefinition,
  Server,
  StopReport,
  Subscriber,
  SubscriberDefinition,
} from "./server.js";

/**
 * Several servers of one process as one: each handler is served by all of them, and registered with a
 * node for each. Subscribers are the first one's, so that an event is handled once.
 */
export class SeveralServers implements Server {
  readonly #first: Server;
  /** What each server made of a definition, by what the first made of it. */
  readonly #handlers = new WeakMap<Handler, readonly Handler[]>();

  /** @throws TypeError for no server at all. */
  constructor(private readonly servers: readonly Server[]) {
    const [first] = servers;
    if (!first) throw new TypeError("no server: list one at least");
    this.#first = first;
  }

  /** Their names, such as `mucp+grpc`. */
  get name(): string {
    return this.servers.map(({ name }) => name).join("+");
  }

  /** Their protocols, such as `mucp,grpc`; a client needs one of them. */
  get protocol(): string {
    return this.servers.map(({ protocol }) => protocol).join(",");
  }

  /** The first one's; the registry tells those of the others. */
  get address(): string {
    return this.#first.address;
  }

  newHandler(definition: HandlerDefinition): Handler {
    const shared = { ...definition, load: definition.load ?? newHandlerLoad() };
    const handler = this.#first.newHandler(shared);
    const others = this.servers.slice(1).map((server) => server.newHandler(shared));
    this.#handlers.set(handler, [handler, ...others]);
    return handler;
  }

  handle(handler: Handler): void {
    const handlers = this.#handlers.get(handler);
    this.servers.forEach((server, index) => server.handle(handlers?.[index] ?? handler));
  }

  newSubscriber(definition: SubscriberDefinition): Subscriber {
    return this.#first.newSubscriber(definition);
  }

  subscribe(subscriber: Subscriber): void {
    this.#first.subscribe(subscriber);
  }

  use(interceptor: Interceptor): void {
    for (const server of this.servers) server.use(interceptor);
  }

  async start(): Promise<void> {
    for (const server of this.servers) await server.start();
  }

  async register(): Promise<void> {
    for (const server of this.servers) await server.register();
  }

  async deregister(): Promise<void> {
    await this.#all((server) => server.deregister(), "were not all taken out of the registry");
  }

  /** Drains all at the same time. */
  async stop(options?: { readonly timeoutMs?: number }): Promise<StopReport> {
    const reports = await this.#all((server) => server.stop(options), "did not stop cleanly");
    return { cut: reports.reduce((sum, { cut }) => sum + cut, 0) };
  }

  /** Does it with every server, whatever becomes of the others. @throws AggregateError of all failures. */
  async #all<T>(step: (server: Server) => Promise<T>, what: string): Promise<T[]> {
    const outcomes = await Promise.allSettled(this.servers.map(step));
    const failures = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === "rejected" ? [outcome.reason] : [],
    );
    if (failures.length > 0) throw new AggregateError(failures, `the servers ${what}`);
    return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }
}
