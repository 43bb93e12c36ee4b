import type { Environment, ServiceNode, ServiceRecord, Timer } from "../../../src/spi.js";
import { listing, serviceName, type NodeAnswer } from "./node-records.js";

/** Milliseconds after the first announcement at which it is repeated (RFC 6762, section 8.3). */
const repeatsMs = [1_000, 3_000];
/** How often a goodbye is sent; a lost one would leave watchers with a dead node. */
const goodbyes = 2;

interface OwnNode {
  readonly service: ServiceRecord;
  readonly node: ServiceNode;
  readonly answer: NodeAnswer;
  /** Equal for registrations that say the same. */
  readonly digest: string;
  readonly repeats: Timer[];
  expiry: Timer | undefined;
}

/** What {@link OwnNodes} needs to speak. */
export interface OwnNodesOptions {
  readonly domain: string;
  readonly environment: Environment;
  /** Makes the answer that lists a service. */
  readonly listingAnswer: (service: string) => NodeAnswer;
  /** Sends to the group. */
  readonly multicast: (packet: Buffer) => Promise<void>;
}

/** The nodes that were registered here: answers for them, announces and withdraws them. */
export class OwnNodes {
  readonly #services = new Map<string, Map<string, OwnNode>>();

  constructor(private readonly options: OwnNodesOptions) {}

  /** The names of the services. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** The records of a service, one node each. */
  records(service: string): ServiceRecord[] {
    const nodes = [...(this.#services.get(service)?.values() ?? [])];
    return nodes.map(({ service: own, node }) => ({ ...own, nodes: [node] }));
  }

  /** The answers to a question for `name`, one a packet. */
  answers(name: string): readonly NodeAnswer[] {
    const { domain, listingAnswer } = this.options;
    if (name === serviceName(listing, domain)) return this.services.map(listingAnswer);
    for (const [service, nodes] of this.#services)
      if (serviceName(service, domain) === name)
        return [...nodes.values()].map(({ answer }) => answer);
    return [];
  }

  /** Keeps a node, and announces it unless it says what it said before (`always`: even then). */
  async put(
    service: ServiceRecord,
    node: ServiceNode,
    answer: NodeAnswer,
    { ttlMs, always }: { readonly ttlMs: number | undefined; readonly always: boolean },
  ): Promise<void> {
    const { timers } = this.options.environment;
    const nodes = this.#services.get(service.name) ?? new Map<string, OwnNode>();
    const first = nodes.size === 0;
    const former = nodes.get(node.id);
    const { version, metadata, endpoints } = service;
    const digest = JSON.stringify([version, metadata, endpoints, node]);
    const same = former?.digest === digest && !always;
    former?.expiry?.cancel();
    const own: OwnNode = same
      ? former
      : {
          service: frozenCopy({ ...service, nodes: [] }),
          node: frozenCopy(node),
          answer,
          digest,
          repeats: [],
          expiry: undefined,
        };
    own.expiry =
      ttlMs === undefined
        ? undefined
        : timers.after(ttlMs, () => void this.remove(service.name, node.id), { background: true });
    this.#services.set(service.name, nodes);
    nodes.set(node.id, own);
    if (same) return;
    for (const timer of former?.repeats ?? []) timer.cancel();
    await this.#announce(service.name, own, first).catch((error: unknown) => {
      // Not announced is not registered: the next attempt has to announce it again.
      if (nodes.get(node.id) === own) this.#forget(service.name, node.id);
      throw error;
    });
  }

  /** Withdraws a node, and says goodbye for it. A goodbye that cannot be sent is logged. */
  async remove(service: string, id: string): Promise<void> {
    const own = this.#forget(service, id);
    if (own === undefined) return;
    const { environment, listingAnswer, multicast } = this.options;
    const packets = [own.answer.announcement(true)];
    if (!this.#services.has(service)) packets.push(listingAnswer(service).announcement(true));
    try {
      for (let round = 0; round < goodbyes; round++)
        for (const packet of packets) await multicast(packet);
    } catch (error) {
      environment.logger.debug("mdns: no goodbye sent", { service, id, error: String(error) });
    }
  }

  /** Withdraws every node. */
  async clear(): Promise<void> {
    for (const [service, nodes] of [...this.#services])
      for (const id of [...nodes.keys()]) await this.remove(service, id);
  }

  #forget(service: string, id: string): OwnNode | undefined {
    const nodes = this.#services.get(service);
    const own = nodes?.get(id);
    if (!nodes || !own) return undefined;
    own.expiry?.cancel();
    for (const timer of own.repeats) timer.cancel();
    nodes.delete(id);
    if (nodes.size === 0) this.#services.delete(service);
    return own;
  }

  async #announce(service: string, own: OwnNode, listed: boolean): Promise<void> {
    const { environment, listingAnswer, multicast } = this.options;
    const packets = [own.answer.announcement()];
    if (listed) packets.push(listingAnswer(service).announcement());
    const send = async (): Promise<void> => {
      for (const packet of packets) await multicast(packet);
    };
    const repeat = (): void =>
      void send().catch((error: unknown) =>
        environment.logger.debug("mdns: no announcement sent", { service, error: String(error) }),
      );
    for (const delayMs of repeatsMs)
      own.repeats.push(environment.timers.after(delayMs, repeat, { background: true }));
    await send();
  }
}

/** A copy that neither side can change. */
const frozenCopy = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => Object.freeze(part)) as T;
