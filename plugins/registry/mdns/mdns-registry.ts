import {
  Canceled,
  mergeRecords,
  Unavailable,
  type Environment,
  type RegisterOptions,
  type Registry,
  type RegistryWatcher,
  type ServiceRecord,
} from "../../../src/spi.js";
import { dnsType } from "./dns-data.js";
import { encodeMessage, isQuery, isResponse, queryFlags, type DnsMessage } from "./dns-message.js";
import { nameBytes } from "./dns-name.js";
import { multicastGroup, MulticastLink, type Peer } from "./multicast-link.js";
import {
  internetClass,
  listing,
  listingAnswer,
  nodeAnswer,
  questionFor,
  serviceName,
} from "./node-records.js";
import { OwnNodes } from "./own-nodes.js";
import { Query } from "./query.js";
import { readNodes, readServices } from "./read-nodes.js";
import { Watches } from "./watches.js";

/** The options of `mdnsRegistry`, complete. */
export interface MdnsSettings {
  readonly port: number;
  readonly multicastInterface: string | undefined;
  readonly domain: string;
  readonly queryWindowMs: number;
  readonly host: string;
}

interface Signalled {
  readonly signal?: AbortSignal;
}

/** A registry without a server: each process answers for its own nodes. Speaks go-micro's format. */
export class MdnsRegistry implements Registry {
  readonly name = "mdns";
  readonly #own: OwnNodes;
  readonly #watches = new Watches();
  readonly #queries = new Set<Query>();
  /** Bound to the mDNS port: hears questions and announcements, and announces. */
  readonly #responder: MulticastLink;
  /** Bound to a port of its own: asks, and hears the answers. */
  readonly #asker: MulticastLink;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly settings: MdnsSettings,
    private readonly environment: Environment,
  ) {
    const { domain, host, port, multicastInterface } = settings;
    this.#own = new OwnNodes({
      domain,
      environment,
      listingAnswer: (service) => listingAnswer(service, domain, host),
      multicast: (packet) => this.#responder.send(packet, this.#group),
    });
    const broken = (error: Unavailable): void => {
      environment.logger.warn("mdns: socket lost", { error: error.detail });
      void this.#watches.end(error);
    };
    this.#responder = new MulticastLink(environment, {
      port,
      multicastInterface,
      broken,
      heard: (message, from) => this.#hear(message, from),
    });
    this.#asker = new MulticastLink(environment, {
      port: 0,
      multicastInterface,
      broken: (error) => environment.logger.warn("mdns: socket lost", { error: error.detail }),
      heard: (message) => {
        if (isResponse(message)) for (const query of this.#queries) query.take(message);
      },
    });
  }

  async register(service: ServiceRecord, { ttlMs, signal }: RegisterOptions = {}): Promise<void> {
    this.#check(signal);
    const { domain, host } = this.settings;
    const answers = service.nodes.map(
      (node) => [node, nodeAnswer(service, node, domain, host)] as const,
    );
    const always = await this.#responder.open();
    for (const [node, answer] of answers)
      await this.#own.put(service, node, answer, { ttlMs, always });
  }

  /** Takes out nodes that were registered here; others answer for themselves. */
  async deregister(service: ServiceRecord, { signal }: Signalled = {}): Promise<void> {
    this.#check(signal);
    for (const node of service.nodes) await this.#own.remove(service.name, node.id);
  }

  async getService(name: string, { signal }: Signalled = {}): Promise<readonly ServiceRecord[]> {
    this.#check(signal);
    const { domain } = this.settings;
    const messages = await this.#ask(serviceName(name, domain), signal);
    const others = messages
      .flatMap((message) => readNodes(message, domain))
      .filter(({ service, gone }) => service.name === name && !gone);
    return mergeRecords([...others.map(({ service }) => service), ...this.#own.records(name)]);
  }

  async listServices({ signal }: Signalled = {}): Promise<readonly string[]> {
    this.#check(signal);
    const { domain } = this.settings;
    const messages = await this.#ask(serviceName(listing, domain), signal);
    const others = messages.flatMap((message) => readServices(message, domain));
    return [...new Set([...others, ...this.#own.services])];
  }

  async watch({
    service,
    signal,
  }: Signalled & { readonly service?: string } = {}): Promise<RegistryWatcher> {
    this.#check(signal);
    await this.#responder.open();
    this.#check(signal);
    return this.#watches.add(service, signal);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    for (const query of this.#queries) query.stop();
    await this.#watches.end();
    await this.#own.clear();
    await Promise.all([this.#responder.close(), this.#asker.close()]);
  }

  get #group(): Peer {
    return { host: multicastGroup, port: this.settings.port };
  }

  async #ask(name: string, signal: AbortSignal | undefined): Promise<readonly DnsMessage[]> {
    nameBytes(name);
    const packet = encodeMessage({
      id: 0,
      flags: queryFlags,
      questions: [questionFor(name)],
      answers: [],
      authorities: [],
      additionals: [],
    });
    const query = new Query(name, this.environment);
    this.#queries.add(query);
    try {
      const ask = (): Promise<void> => this.#asker.send(packet, this.#group);
      await query.run(ask, this.settings.queryWindowMs, signal);
    } finally {
      this.#queries.delete(query);
    }
    this.#check(signal);
    return query.messages;
  }

  #hear(message: DnsMessage, from: Peer): void {
    if (isQuery(message)) this.#answer(message, from);
    else if (isResponse(message))
      for (const news of readNodes(message, this.settings.domain)) this.#watches.tell(news);
  }

  /** Answers to the asker alone, one packet a node, each with the question first. */
  #answer({ questions }: DnsMessage, from: Peer): void {
    const names = new Set<string>();
    for (const question of questions) {
      // A packet full of one question would otherwise be answered with many times its bytes.
      if (names.has(question.name)) continue;
      const asksPtr = question.type === dnsType.ptr || question.type === dnsType.any;
      // The highest bit of the class asks for an answer by unicast, which they all are.
      if (!asksPtr || (question.class & 0x7fff) !== internetClass) continue;
      names.add(question.name);
      for (const answer of this.#own.answers(question.name))
        void this.#responder.send(answer.packet(question), from).catch((error: unknown) => {
          this.environment.logger.debug("mdns: no answer sent", { error: String(error) });
        });
    }
  }

  #check(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new Canceled("canceled", { cause: signal.reason });
    if (this.#closing)
      throw new Unavailable("the registry is closed", { reason: "registry.closed" });
  }
}
