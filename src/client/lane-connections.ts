import type { Environment, Timer } from "../base/environment.js";
import type { Lane } from "../transport/lane.js";
import type { DialOptions, Transport, TransportClient } from "../transport/transport.js";
import { clientClosed } from "./pool.js";

/** A connection with a lane. */
export type LaneClient = TransportClient & { readonly lane: Lane };

interface Entry {
  readonly client: LaneClient;
  /** Calls sent at the last look, to see whether it is used. */
  sent: number;
}

/** One connection for each node that takes whole calls, shared by all calls to it. */
export class LaneConnections {
  readonly #open = new Map<string, Entry>();
  readonly #dialling = new Map<string, Promise<LaneClient | undefined>>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    private readonly environment: Environment,
    private readonly transport: Transport,
    private readonly dialOptions: DialOptions,
    private readonly from: string,
    private readonly idleMs: number,
  ) {}

  /** The open connection to an address; undefined when there is none. */
  get(address: string): LaneClient | undefined {
    const entry = this.#open.get(address);
    return entry && !entry.client.closed ? entry.client : undefined;
  }

  /**
   * Connects, once for all who ask at a time; undefined when the transport knows no lanes.
   * @throws what the transport throws, Unavailable `client.closed`.
   */
  dial(address: string): Promise<LaneClient | undefined> {
    let dialling = this.#dialling.get(address);
    if (!dialling) {
      dialling = this.#connect(address).finally(() => this.#dialling.delete(address));
      this.#dialling.set(address, dialling);
    }
    return dialling;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    const entries = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(entries.map(({ client }) => client.close()));
  }

  async #connect(address: string): Promise<LaneClient | undefined> {
    if (this.#closed) throw clientClosed();
    const options = { ...this.dialOptions, lane: { from: this.from } };
    const client = await this.transport.dial(address, options);
    if (!hasLane(client)) {
      await client.close();
      return undefined;
    }
    if (this.#closed) {
      await client.close();
      throw clientClosed();
    }
    this.#open.set(address, { client, sent: 0 });
    this.#sweep ??= this.#later();
    return client;
  }

  #later(): Timer {
    return this.environment.timers.after(this.idleMs, () => this.#sweepIdle(), {
      background: true,
    });
  }

  #sweepIdle(): void {
    this.#sweep = undefined;
    for (const [address, entry] of [...this.#open]) {
      const { client } = entry;
      const { calls, sent } = client.lane;
      if (!client.closed && (calls > 0 || sent !== entry.sent)) entry.sent = sent;
      else {
        this.#open.delete(address);
        if (calls === 0) void client.close().catch(() => {});
      }
    }
    if (this.#open.size > 0 && !this.#closed) this.#sweep = this.#later();
  }
}

const hasLane = (client: TransportClient): client is LaneClient => client.lane !== undefined;
