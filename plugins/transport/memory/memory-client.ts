import type { Socket, TransportClient } from "../../../src/spi.js";
import type { MemoryLimits } from "./encode-message.js";
import { MemoryChannel } from "./memory-channel.js";
import { channelClosed, clientBusy } from "./memory-errors.js";
import type { MemoryListener } from "./memory-listener.js";

/** A dialled listener. */
export class MemoryClient implements TransportClient {
  closed = false;
  private readonly channels = new Set<MemoryChannel>();

  constructor(
    private readonly listener: MemoryListener,
    /** How the listener sees it. */
    private readonly address: string,
    private readonly limits: MemoryLimits,
    readonly capacity: number,
    private readonly onClosed: (client: MemoryClient) => void,
  ) {}

  open({ stream = false }: { readonly stream?: boolean } = {}): Socket {
    const { listener, channels } = this;
    if (this.closed) throw channelClosed(listener.address, "is closed", { retry: "safe" });
    if (channels.size >= this.capacity) throw clientBusy(listener.address, this.capacity);
    const channel = MemoryChannel.open(
      { address: this.address, limits: this.limits },
      listener,
      stream,
      (far) => listener.arrived(far),
      (closed) => {
        channels.delete(closed);
        listener.left(closed);
        if (this.closed && channels.size === 0) this.onClosed(this);
      },
    );
    channels.add(channel);
    return channel;
  }

  /** Takes no further call; those that are open go on. */
  retire(): void {
    this.closed = true;
    if (this.channels.size === 0) this.onClosed(this);
  }

  async close(): Promise<void> {
    this.closed = true;
    const error = channelClosed(this.listener.address, "was closed here");
    for (const channel of [...this.channels]) {
      channel.gone(error);
      await channel.close({ abort: true });
    }
    this.onClosed(this);
  }
}
