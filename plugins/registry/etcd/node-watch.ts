import {
  EventQueue,
  Unavailable,
  type Environment,
  type RegistryEvent,
  type RegistryWatcher,
  type Timer,
} from "../../../src/spi.js";
import type { EtcdLink } from "./etcd-link.js";
import { closedError, isUnreachable } from "./grpc-status.js";
import type { KeyRange } from "./keys.js";
import { orAborted } from "./limit.js";
import { listNodes, type Listing } from "./listing.js";
import { NodeTable } from "./node-table.js";
import type { WatchHub } from "./watch-hub.js";
import type { Attachment } from "./watch-stream.js";

/** What a {@link NodeWatch} needs. */
export interface NodeWatchOptions {
  readonly link: EtcdLink;
  readonly hub: WatchHub;
  readonly environment: Environment;
  readonly range: KeyRange;
  /** The service to tell of; all when left out. */
  readonly service: string | undefined;
  /** Milliseconds between full listings, more or less. */
  readonly resyncMs: number;
  /** Called once when the watch has ended. */
  readonly ended: () => void;
}

/** Milliseconds that nodes may take to come back to an etcd that was set back, before they are told as gone. */
const graceMs = 10_000;
/** A watch that ends sooner has got nowhere, milliseconds. */
const briefMs = 1_000;

/**
 * One watch for one reader. It knows what it has told, so that after a loss it tells what was
 * missed and nothing else: from etcd's history, or from a new listing when that is gone.
 */
export class NodeWatch {
  readonly #table = new NodeTable();
  readonly #stop = new AbortController();
  readonly #queue: EventQueue;
  #attachment: Attachment | undefined;
  #resync: Timer | undefined;

  constructor(private readonly options: NodeWatchOptions) {
    this.#queue = new EventQueue(() => this.#end());
  }

  /** What the reader gets. */
  get watcher(): RegistryWatcher {
    return this.#queue;
  }

  /** Resolves once changes will be told. @throws Unavailable, Canceled, or what etcd says. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const bound = this.options.link.limit(undefined, signal);
    try {
      const attachment = await orAborted(this.#begin(), bound.signal);
      const abort = (): void => void this.close();
      signal?.addEventListener("abort", abort, { once: true });
      this.#stop.signal.addEventListener("abort", () =>
        signal?.removeEventListener("abort", abort),
      );
      this.#resyncIn(this.options.resyncMs);
      void this.#keep(attachment);
    } catch (error) {
      const closed = this.#stop.signal.aborted;
      await this.close();
      throw closed ? closedError() : error;
    } finally {
      bound.end();
    }
  }

  /** Ends the watch for its reader. */
  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #begin(): Promise<Attachment> {
    this.#table.replace(await this.#list());
    // The listing went well: a second attempt is on a new stream, with a new token.
    return this.#attach().catch(() => this.#attach());
  }

  /** Takes the watch up again after every end, as long as somebody wants it. */
  async #keep(first: Attachment): Promise<void> {
    const { clock } = this.options.environment;
    try {
      let brief = 0;
      for (let attachment = first; ;) {
        this.#attachment = attachment;
        const startedAt = clock.monotonic();
        const how = await attachment.ended;
        this.#attachment = undefined;
        brief = clock.monotonic() - startedAt < briefMs ? brief + 1 : 0;
        attachment = await this.#again(how === "refused" || brief > 2);
      }
    } catch (cause) {
      if (this.#stop.signal.aborted) return;
      const detail = "registry etcd: the watch broke off";
      this.#queue.fail(new Unavailable(detail, { reason: "registry.watch-lost", cause }));
    }
  }

  /** Watches again, after a listing if what was missed cannot be told otherwise. */
  async #again(listFirst: boolean): Promise<Attachment> {
    const { link, environment } = this.options;
    let list = listFirst;
    for (let error: unknown; ;) {
      await link.pause(this.#stop.signal, error);
      try {
        if (list) this.#tell(this.#table.replace(await this.#list()));
        list = false;
        return await this.#attach();
      } catch (failure) {
        this.#stop.signal.throwIfAborted();
        error = failure;
        list ||= !isUnreachable(error);
        environment.logger.debug("etcd: watch not taken up yet", { error: String(error) });
      }
    }
  }

  async #attach(confirmed = false): Promise<Attachment> {
    const { hub, range, environment } = this.options;
    const revision = this.#table.revision + 1n;
    const attachment = await hub.attach(
      { ...range, revision, heard: ({ events }) => this.#tell(this.#table.apply(events)) },
      this.#stop.signal,
    );
    if (this.#stop.signal.aborted) attachment.cancel();
    this.#stop.signal.throwIfAborted();
    if (confirmed || attachment.revision >= this.#table.revision) return attachment;
    // A member that knows less than we do lags behind, or all of etcd was set back.
    attachment.cancel();
    const listing = await this.#list();
    const keep = listing.revision < this.#table.revision;
    this.#tell(this.#table.replace(listing, { keep }));
    if (keep) {
      environment.logger.warn("etcd: it was set back; nodes have time to register again");
      this.#resyncIn(graceMs);
    }
    return this.#attach(true);
  }

  #list(): Promise<Listing> {
    const { link, range, environment } = this.options;
    return listNodes(link, range, environment.logger, this.#stop.signal);
  }

  #tell(events: readonly RegistryEvent[]): void {
    const { service } = this.options;
    for (const event of events)
      if (service === undefined || event.service.name === service) this.#queue.push(event);
  }

  #resyncIn(ms: number): void {
    const { timers, random } = this.options.environment;
    if (this.#stop.signal.aborted) return;
    this.#resync?.cancel();
    this.#resync = timers.after(
      ms * (0.75 + random.next() / 2),
      () => void this.#compare().finally(() => this.#resyncIn(this.options.resyncMs)),
      { background: true },
    );
  }

  /** Compares what is known with a listing: what the watch has missed in spite of all is told now. */
  async #compare(): Promise<void> {
    const { logger } = this.options.environment;
    const attachment = this.#attachment;
    if (!attachment) return;
    try {
      const listing = await this.#list();
      // A watch that has got further than the listing knows better.
      const behind = listing.revision < this.#table.revision;
      if (!behind && attachment === this.#attachment) this.#tell(this.#table.replace(listing));
    } catch (error) {
      logger.debug("etcd: not compared", { error: String(error) });
    }
  }

  #end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(closedError());
    this.#resync?.cancel();
    this.#attachment?.cancel();
    this.options.ended();
  }
}
