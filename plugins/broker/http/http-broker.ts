import { setMaxListeners } from "node:events";
import {
  Canceled,
  OptionError,
  RpcError,
  consumer,
  followSignals,
  requireText,
  type Broker,
  type BrokerMessage,
  type Consumer,
  type DeliveryHandler,
  type Environment,
  type PublishOptions,
  type Registry,
  type ServiceRecord,
  type SubscribeOptions,
  type Subscription,
  type TlsCredentials,
} from "../../../src/spi.js";
import { advertisedAddress, formatAddress, type Address } from "./address.js";
import { dialects, readEnvelope, writeEnvelope, type Dialect } from "./envelope.js";
import { cannotDelay, notConnected, plainSubscriber, tooLarge, unreachable } from "./failures.js";
import { HttpDoor, refusal, type DoorAnswer } from "./http-door.js";
import type { HttpMessage } from "./http-exchange.js";
import { HttpPoster } from "./http-poster.js";
import { Publication, type Outcome } from "./publication.js";
import { Registration } from "./registration.js";
import { broadcastVersion, Subscribers, type Subscriber } from "./subscribers.js";

/** Checked options of the http broker. */
export interface HttpBrokerSettings {
  readonly bind: Address;
  readonly advertise: string | undefined;
  readonly dialect: Dialect;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly maxQueued: number;
  readonly maxMessageBytes: number;
}

/** Everything that lives from `connect` to `disconnect`. */
interface Session {
  readonly door: HttpDoor;
  readonly poster: HttpPoster;
  readonly address: string;
  readonly life: AbortController;
}

interface Registered {
  readonly topic: string;
  readonly consumer: Consumer;
  readonly subscription: Subscription;
}

/** Bytes of a request's headers, and of an envelope besides the message's body. */
const maxHeaderBytes = 16_384;
const envelopeBytes = 65_536;

/** Carries events by HTTP posts between processes that find each other in the registry. */
export class HttpBroker implements Broker {
  readonly name = "http";
  readonly capabilities = {
    durable: false,
    redelivery: false,
    orderAcrossMembers: false,
    delay: false,
  } as const;
  private session: Session | undefined;
  private changing: Promise<void> = Promise.resolve();
  private closing = false;
  private readonly registered = new Map<string, Registered>();
  private readonly lastOfKey = new Map<string, Promise<void>>();
  private readonly subscribers: Subscribers;

  constructor(
    private readonly settings: HttpBrokerSettings,
    private readonly registry: Registry,
    private readonly environment: Environment,
    private readonly tls: TlsCredentials | undefined,
  ) {
    const { service } = dialects[settings.dialect];
    this.subscribers = new Subscribers(registry, service, settings.cacheMs, environment.clock);
  }

  get address(): string {
    return this.session?.address ?? "";
  }

  connect(): Promise<void> {
    return this.afterOthers(() => this.open());
  }

  disconnect(): Promise<void> {
    return this.afterOthers(() => this.close());
  }

  async publish(
    topic: string,
    message: BrokerMessage,
    options: PublishOptions = {},
  ): Promise<void> {
    const { session } = this;
    const { key, delayMs = 0 } = options;
    if (!session) throw notConnected(`publish to ${topic}`);
    requireText("topic", topic);
    if (delayMs > 0) throw cannotDelay(topic);
    const { dialect, maxMessageBytes } = this.settings;
    if (message.body.length > maxMessageBytes) throw tooLarge(topic, maxMessageBytes);
    const envelope = writeEnvelope(dialect, { topic, key, message });
    const id = message.headers["micro-id"] ?? "";
    const send = (): Promise<void> => this.send(session, topic, envelope, id, options);
    if (key === undefined) return send();
    // Messages of a key leave one after the other.
    const lane = `${topic} ${key}`;
    const sent = (this.lastOfKey.get(lane) ?? Promise.resolve()).then(send, send);
    this.lastOfKey.set(lane, sent);
    try {
      await sent;
    } finally {
      if (this.lastOfKey.get(lane) === sent) this.lastOfKey.delete(lane);
    }
  }

  async subscribe(
    topic: string,
    handler: DeliveryHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    const { session, environment, registry, settings } = this;
    if (!session || this.closing) throw notConnected(`subscribe to ${topic}`);
    if (this.tls?.unreachable !== undefined) throw new OptionError(this.tls.unreachable);
    if (options.group !== undefined) requireGroup(options.group);
    const member = consumer({
      topic,
      handler,
      options,
      environment,
      publish: (target, letter, how) => this.publish(target, letter, how),
      broker: this,
      closing: "finish", // what was accepted here is nowhere else
      maxWaiting: settings.maxQueued,
    });
    const id = `${topic}-${environment.random.uuid()}`;
    const { address } = session;
    const record = recordOf({ ...settings, ...options, id, address, topic, secure: !!this.tls });
    const registration = new Registration(registry, record, environment);
    let closed: Promise<unknown> | undefined;
    const subscription: Subscription = {
      topic,
      close: async (how) => {
        this.registered.delete(id);
        await (closed ??= Promise.all([registration.close(), member.close(how)]));
      },
    };
    this.registered.set(id, { topic, consumer: member, subscription });
    try {
      await registration.open();
    } catch (error) {
      await subscription.close();
      throw unreachable(`cannot register the subscription to ${topic}`, error);
    }
    if (!this.closing && this.session === session) return subscription;
    await subscription.close();
    throw notConnected(`subscribe to ${topic}`);
  }

  private afterOthers(step: () => Promise<void>): Promise<void> {
    const done = this.changing.then(step);
    this.changing = done.catch(() => undefined);
    return done;
  }

  private async open(): Promise<void> {
    if (this.session) return;
    const { bind, advertise, maxMessageBytes } = this.settings;
    const limits = {
      maxHeaderBytes,
      maxBodyBytes: Math.ceil(maxMessageBytes / 3) * 4 + envelopeBytes,
      requestTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      maxConnections: 1_000,
    };
    const door = new HttpDoor(
      this.environment,
      limits,
      (request) => this.receive(request),
      this.tls?.listen(refusal),
    );
    const bound = await door.open(bind).catch((error: unknown) => {
      throw unreachable(`the http broker cannot listen on ${formatAddress(bind)}`, error);
    });
    const address = advertisedAddress(bound, advertise, this.environment.network);
    this.tls?.watch();
    const poster = new HttpPoster(this.environment, this.tls);
    const life = new AbortController();
    setMaxListeners(0, life.signal); // every publish that waits listens to it
    this.session = { door, poster, address, life };
  }

  private async close(): Promise<void> {
    const { session } = this;
    if (!session) return;
    this.closing = true;
    await Promise.all(
      [...this.registered.values()].map(({ subscription }) => subscription.close()),
    );
    this.session = undefined;
    this.closing = false;
    session.life.abort();
    this.tls?.close();
    session.poster.close();
    await session.door.close();
  }

  private receive({ method, target, body }: HttpMessage): DoorAnswer {
    const [path, query = ""] = target.split("?", 2);
    if (method !== "POST") return { status: 405, detail: "an event is posted" };
    if (path !== dialects[this.settings.dialect].path)
      return { status: 404, detail: "no such path" };
    let letter;
    try {
      letter = readEnvelope(body);
    } catch (error) {
      return { status: 500, detail: `cannot read the message: ${(error as Error).message}` };
    }
    const { topic, key, message } = letter;
    const registered = this.registered.get(new URLSearchParams(query).get("id") ?? "");
    if (registered?.topic !== topic) return { status: 404, detail: "no such subscription" };
    if (registered.consumer.free === 0)
      return { status: 503, detail: "too many messages wait here" };
    registered.consumer.deliver(message, { key }).catch((error: unknown) => {
      const id = message.headers["micro-id"] ?? "";
      this.environment.logger.error("a message was lost", { topic, id, error: String(error) });
    });
    return { status: 200 };
  }

  private async send(
    session: Session,
    topic: string,
    body: Uint8Array,
    id: string,
    { key, signal }: PublishOptions,
  ): Promise<void> {
    const ends = session.life.signal;
    const either = new AbortController();
    const release = followSignals(either, ends, signal);
    const { timeoutMs } = this.settings;
    const post = (subscriber: Subscriber): Promise<Outcome> =>
      this.post(session, subscriber, body, either.signal);
    const find = () => this.subscribers.of(topic);
    const { environment } = this;
    try {
      either.signal.throwIfAborted();
      const abort = either.signal;
      const settings = { topic, id, key, timeoutMs, signal: abort, environment, find, post };
      await new Publication(settings).run();
    } catch (error) {
      if (signal?.aborted)
        throw new Canceled(`the publish to ${topic} was cancelled`, { cause: signal.reason });
      if (ends.aborted) throw notConnected(`publish to ${topic}`);
      if (error instanceof RpcError && error.reason === "broker.unreachable") throw error;
      throw unreachable(`cannot publish to ${topic}`, error);
    } finally {
      release();
    }
  }

  private async post(
    { poster }: Session,
    { id, address, secure }: Subscriber,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { dialect, timeoutMs } = this.settings;
    if (this.tls && !secure) return { failure: plainSubscriber(id) };
    const target = `${dialects[dialect].path}?${new URLSearchParams({ id }).toString()}`;
    try {
      const status = await poster.post({ address, secure, target, body, timeoutMs, signal });
      if (status === 503) return "busy";
      if (status === 404) return "gone";
      return status < 300 ? "accepted" : { failure: new Error(`${id} answered ${status}`) };
    } catch (failure) {
      return { failure };
    }
  }
}

interface SubscriptionOf {
  readonly dialect: Dialect;
  readonly id: string;
  readonly address: string;
  readonly topic: string;
  readonly secure: boolean;
  readonly group?: string;
}

const recordOf = ({
  dialect,
  id,
  address,
  topic,
  secure,
  group = broadcastVersion,
}: SubscriptionOf): ServiceRecord => ({
  name: dialects[dialect].service,
  version: group,
  metadata: {},
  endpoints: [],
  nodes: [{ id, address, metadata: { broker: "http", topic, secure: String(secure) } }],
});

function requireGroup(group: string): void {
  requireText("group", group);
  if (group === broadcastVersion)
    throw new OptionError(`group must not be ${broadcastVersion}, which means no group`);
}
