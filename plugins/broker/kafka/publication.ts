import type { Timers } from "../../../src/spi.js";
import type { OutgoingRecord } from "./driver.js";
import { canceled, unreachable } from "./failures.js";

/** What a publication is made from. */
export interface PublicationSettings {
  readonly topic: string;
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  readonly timers: Timers;
  readonly timeoutMs: number;
}

/** One message on its way. It is settled by Kafka, by its signal, or by the time it may take. */
export class Publication {
  readonly topic: string;
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly settled: Promise<void>;
  isSettled = false;
  /** Why the last try failed; what to say when time is up. */
  failure: unknown = "it is not answering";
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;

  constructor({ topic, record, bytes, signal, timers, timeoutMs }: PublicationSettings) {
    this.topic = topic;
    this.record = record;
    this.bytes = bytes;
    let resolve: () => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    this.settled = new Promise<void>((resolved, rejected) => {
      resolve = resolved;
      reject = rejected;
    });
    const abort = (): void => this.reject(canceled(topic, signal?.reason));
    const timer = timers.after(timeoutMs, () =>
      this.reject(
        unreachable(`Kafka did not take a message for ${topic} in ${timeoutMs} ms`, this.failure),
      ),
    );
    signal?.addEventListener("abort", abort);
    const once = (settle: () => void): void => {
      if (this.isSettled) return;
      this.isSettled = true;
      timer.cancel();
      signal?.removeEventListener("abort", abort);
      settle();
    };
    this.resolve = () => once(resolve);
    this.reject = (error) => once(() => reject(error));
  }
}
