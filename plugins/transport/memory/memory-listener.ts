import type { Listener, Socket } from "../../../src/spi.js";
import type { MemoryLimits } from "./encode-message.js";
import type { MemoryChannel } from "./memory-channel.js";
import { channelClosed } from "./memory-errors.js";

/** Who dialled, as far as a listener cares. */
interface Dialler {
  /** Takes no further call. */
  retire(): void;
}

/** A bound address of a hub. */
export class MemoryListener implements Listener {
  private handler: ((socket: Socket) => void) | undefined;
  /** Calls that came before there was a handler. */
  private early: MemoryChannel[] = [];
  private readonly channels = new Set<MemoryChannel>();
  private readonly clients = new Set<Dialler>();
  private closed = false;

  constructor(
    readonly address: string,
    readonly limits: MemoryLimits,
    private readonly maxConnections: number,
    /** Gives the address back. */
    private readonly release: (listener: MemoryListener) => void,
  ) {}

  /** True when one more client may dial. */
  get takesMore(): boolean {
    return this.clients.size < this.maxConnections;
  }

  accept(handler: (socket: Socket) => void): void {
    if (this.handler) throw new Error(`${this.address} has a handler already`);
    this.handler = handler;
    for (const channel of this.early.splice(0)) handler(channel);
  }

  async drain(): Promise<void> {
    this.release(this);
    for (const client of [...this.clients]) client.retire();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.drain();
    for (const channel of [...this.channels]) {
      channel.gone(channelClosed(channel.remoteAddress, "went with its listener"));
      await channel.close({ abort: true });
    }
  }

  dialled(client: Dialler): void {
    this.clients.add(client);
  }

  hungUp(client: Dialler): void {
    this.clients.delete(client);
  }

  arrived(channel: MemoryChannel): void {
    this.channels.add(channel);
    if (this.handler) this.handler(channel);
    else this.early.push(channel);
  }

  left(channel: MemoryChannel): void {
    this.channels.delete(channel);
  }
}
