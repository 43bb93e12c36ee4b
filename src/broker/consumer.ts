import type { Timer } from "../base/environment.js";
import { RpcError } from "../base/error.js";
import { Unavailable } from "../base/errors.js";
import { requireText, requireWhole } from "../base/options.js";
import { backoffDelay, retryPolicy } from "./backoff.js";
import type { BrokerMessage, SubscribeOptions } from "./broker.js";
import { requireCapability } from "./capability.js";
import type {
  Consumer,
  ConsumerSettings,
  ConsumerStats,
  DeliverOptions,
} from "./consumer-contract.js";
import { deadLetter, deadLetterTopic, failureText } from "./dead-letter.js";
import { KeyQueue } from "./key-queue.js";

export type {
  Consumer,
  ConsumerSettings,
  ConsumerStats,
  DeliverOptions,
} from "./consumer-contract.js";

/**
 * Makes the consumer of one subscription.
 * @throws OptionError for options that make no sense, NotImplemented `broker.capability` for
 *   `requires` that the broker cannot keep.
 */
export function consumer(settings: ConsumerSettings): Consumer {
  for (const capability of settings.options?.requires ?? [])
    requireCapability(settings.broker, capability, `the subscription to ${settings.topic}`);
  return new MessageConsumer(settings);
}

interface Job {
  readonly message: BrokerMessage;
  readonly key: string | undefined;
  readonly resolve: () => void;
  readonly reject: (error: RpcError) => void;
  /** Tries begun so far, wherever they were. */
  tries: number;
  state: "waiting" | "active" | "pausing" | "settled";
}

interface Pause {
  readonly timer: Timer;
  readonly resume: () => void;
}

class MessageConsumer implements Consumer {
  readonly topic: string;
  private readonly settings: ConsumerSettings;
  private readonly options: SubscribeOptions;
  private readonly policy: ReturnType<typeof retryPolicy>;
  private readonly concurrency: number;
  private readonly capacity: number;
  private readonly queue = new KeyQueue<Job>();
  private readonly inHand = new Set<Job>();
  private readonly pauses = new Map<Job, Pause>();
  private readonly counts = { handled: 0, failed: 0, deadLettered: 0 };
  private waitingForRoom: (() => void)[] = [];
  private running = 0;
  private isClosing = false;
  private closed: Promise<void> | undefined;
  private whenIdle: (() => void) | undefined;

  constructor(settings: ConsumerSettings) {
    this.settings = settings;
    this.topic = requireText("topic", settings.topic);
    this.options = settings.options ?? {};
    this.policy = retryPolicy(this.options.retry);
    this.concurrency = requireWhole("concurrency", this.options.concurrency ?? 1, 1);
    const { maxWaiting = Math.max(16, 4 * this.concurrency) } = settings;
    this.capacity = this.concurrency + requireWhole("maxWaiting", maxWaiting);
  }

  get stats(): ConsumerStats {
    return { ...this.counts, inHand: this.inHand.size };
  }

  get free(): number {
    return this.isClosing ? 0 : Math.max(0, this.capacity - this.inHand.size);
  }

  async room(): Promise<void> {
    while (this.free === 0 && !this.isClosing)
      await new Promise<void>((resolve) => this.waitingForRoom.push(resolve));
  }

  keyOf(message: BrokerMessage, key?: string): string | undefined {
    return this.options.orderBy ? this.options.orderBy(message) : key;
  }

  deliver(message: BrokerMessage, { key, attempt = 1 }: DeliverOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const job = (placed: string | undefined): Job => ({
        message,
        key: placed,
        resolve,
        reject,
        tries: attempt - 1,
        state: "waiting",
      });
      if (this.isClosing) {
        reject(this.unsettled(job(undefined)));
        return;
      }
      try {
        const ordered = job(this.keyOf(message, key));
        this.inHand.add(ordered);
        this.queue.add(ordered.key, ordered);
        this.startNext();
      } catch (error) {
        const unordered = job(undefined);
        this.inHand.add(unordered);
        this.counts.failed += 1;
        void this.bury(unordered, error); // a message without a place in the order is never handled
      }
    });
  }

  private startNext(): void {
    while (this.running < this.concurrency) {
      const job = this.queue.next();
      if (!job) return;
      this.running += 1;
      job.state = "active";
      void this.handle(job);
    }
  }

  private async handle(job: Job): Promise<void> {
    const { message, key } = job;
    let failure: { readonly error: unknown } | undefined;
    job.tries += 1;
    try {
      await Promise.resolve(); // never inside the caller's stack
      await this.settings.handler({ topic: this.topic, message, attempt: job.tries, key });
    } catch (error) {
      failure = { error };
    }
    this.running -= 1;
    if (job.state !== "settled") {
      if (failure) this.failed(job, failure.error);
      else {
        this.counts.handled += 1;
        this.settle(job);
      }
    }
    this.startNext();
  }

  private failed(job: Job, error: unknown): void {
    this.counts.failed += 1;
    const pointless = error instanceof RpcError && error.retry === "never";
    if (pointless || job.tries >= this.policy.attempts) {
      void this.bury(job, error);
      return;
    }
    this.log("debug", "a delivery failed and will be tried again", job, error);
    this.pause(job, job.tries, () => {
      job.state = "waiting";
      this.queue.putBack(job);
      this.startNext();
    });
  }

  /** Settles a message that cannot be handled. Keeps trying until its dead letter is accepted. */
  private async bury(job: Job, error: unknown, failures = 0): Promise<void> {
    const target = deadLetterTopic(this.topic, this.options);
    if (target === undefined) {
      this.log("error", "a message could not be handled and is given up", job, error);
      this.settle(job);
      return;
    }
    job.state = "active";
    try {
      const letter = deadLetter(this.topic, job.message, job.tries, error);
      await this.settings.publish(target, letter, job.key === undefined ? {} : { key: job.key });
    } catch (failure) {
      if (this.stateOf(job) === "settled") return;
      this.log("warn", `the dead letter was not accepted by ${target}`, job, failure);
      if (this.isClosing) this.giveUp(job);
      else this.pause(job, failures + 1, () => void this.bury(job, error, failures + 1));
      return;
    }
    if (this.stateOf(job) === "settled") return;
    this.log("warn", `a message could not be handled and went to ${target}`, job, error);
    this.counts.deadLettered += 1;
    this.settle(job);
  }

  private pause(job: Job, failures: number, then: () => void): void {
    if (this.isClosing) {
      if (this.settings.closing === "finish") then();
      else this.giveUp(job);
      return;
    }
    const { timers, random } = this.settings.environment;
    const resume = (): void => {
      this.pauses.delete(job);
      then();
    };
    job.state = "pausing";
    const timer = timers.after(backoffDelay(this.policy, failures, random), resume);
    this.pauses.set(job, { timer, resume });
  }

  private settle(job: Job): void {
    this.leave(job);
    job.resolve();
  }

  private giveUp(job: Job): void {
    this.leave(job);
    job.reject(this.unsettled(job));
  }

  private leave(job: Job): void {
    job.state = "settled";
    this.inHand.delete(job);
    this.queue.release(job.key);
    if (this.free > 0) this.announceRoom();
    if (this.inHand.size === 0) this.whenIdle?.();
    this.startNext();
  }

  private announceRoom(): void {
    const waiting = this.waitingForRoom;
    this.waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }

  close({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.isClosing = true;
    this.announceRoom();
    return (this.closed ??= this.finish(timeoutMs));
  }

  private async finish(timeoutMs: number): Promise<void> {
    const pauses = [...this.pauses.values()];
    for (const { timer } of pauses) timer.cancel();
    if (this.settings.closing === "finish") for (const { resume } of pauses) resume();
    else {
      this.queue.clear();
      for (const job of [...this.inHand]) if (job.state !== "active") this.giveUp(job);
    }
    if (this.inHand.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.settings.environment.timers.after(timeoutMs, resolve);
        this.whenIdle = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.queue.clear();
    for (const job of [...this.inHand]) this.giveUp(job);
  }

  /** Read through a call, because it changes while a promise is awaited. */
  private stateOf(job: Job): Job["state"] {
    return job.state;
  }

  private unsettled(job: Job): RpcError {
    return new Unavailable(
      `the subscription to ${this.topic} closed before a message was settled`,
      {
        reason: "broker.unsettled",
        data: { topic: this.topic, id: idOf(job.message), attempts: job.tries },
      },
    );
  }

  private log(level: "debug" | "warn" | "error", text: string, job: Job, error: unknown): void {
    const fields = {
      topic: this.topic,
      id: idOf(job.message),
      attempts: job.tries,
      ...(job.key === undefined ? {} : { key: job.key }),
      error: failureText(error),
    };
    this.settings.environment.logger[level](text, fields);
  }
}

const idOf = (message: BrokerMessage): string => message.headers["micro-id"] ?? "";
