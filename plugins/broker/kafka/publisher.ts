import type { BrokerMessage, PublishOptions } from "../../../src/spi.js";
import type { OutgoingRecord } from "./driver.js";
import { full, notConnected, tooLarge } from "./failures.js";
import { Lane, type LaneSettings } from "./lane.js";
import type { RecordFormat } from "./record-format.js";
import { Publication } from "./publication.js";

/** Bytes that may wait to be published, all topics together. */
const maxQueuedBytes = 67_108_864;

/** What a publisher is made from. */
export interface PublisherSettings extends Omit<LaneSettings, "idle"> {
  readonly timeoutMs: number;
  readonly maxQueued: number;
  readonly format: RecordFormat;
}

/** Publishes; what is published side by side travels together, and what waits is bounded. */
export class Publisher {
  private readonly lanes = new Map<string, Lane>();
  private readonly waiting = new Set<Publication>();
  private waitingBytes = 0;
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly settings: PublisherSettings) {}

  /** Resolves when Kafka has the message. @throws RpcError as {@link Broker.publish} says. */
  publish(
    topic: string,
    message: BrokerMessage,
    { key, signal }: Pick<PublishOptions, "key" | "signal">,
  ): Promise<void> {
    const { maxQueued, maxMessageBytes, timeoutMs, format, environment } = this.settings;
    const record: OutgoingRecord = { key, ...format.write(message) };
    const bytes = sizeOf(record);
    if (bytes > maxMessageBytes) throw tooLarge(topic, `${maxMessageBytes} bytes`);
    if (this.waiting.size >= maxQueued) throw full(topic, `${maxQueued} messages`);
    if (this.waitingBytes + bytes > maxQueuedBytes) throw full(topic, `${maxQueuedBytes} bytes`);
    const { timers } = environment;
    const publication = new Publication({ topic, record, bytes, signal, timers, timeoutMs });
    this.waiting.add(publication);
    this.waitingBytes += bytes;
    this.laneOf(topic).add(publication);
    return publication.settled.finally(() => {
      this.waiting.delete(publication);
      this.waitingBytes -= bytes;
      if (this.waiting.size === 0) this.whenEmpty?.();
    });
  }

  /** Waits for what is on its way, `timeoutMs` milliseconds at most; the rest is refused. */
  async close(timeoutMs: number): Promise<void> {
    if (this.waiting.size > 0)
      await new Promise<void>((resolve) => {
        const timer = this.settings.environment.timers.after(timeoutMs, resolve);
        this.whenEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    for (const publication of this.waiting)
      publication.reject(notConnected(`publish to ${publication.topic}`));
  }

  private laneOf(topic: string): Lane {
    let lane = this.lanes.get(topic);
    if (!lane) {
      const idle = (): void => void this.lanes.delete(topic);
      this.lanes.set(topic, (lane = new Lane(topic, { ...this.settings, idle })));
    }
    return lane;
  }
}

/** What Kafka counts, roughly: key, value, headers, and some bytes around them. */
function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 24 + value.length + Buffer.byteLength(key ?? "");
  for (const [name, text] of Object.entries(headers))
    bytes += 8 + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}
