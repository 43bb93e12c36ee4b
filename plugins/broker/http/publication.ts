import { Unavailable, type Environment } from "../../../src/spi.js";
import { broadcastVersion, type Subscriber, type SubscribersByVersion } from "./subscribers.js";

/** What became of one post. `busy`: not now; `gone`: the subscription is no longer there. */
export type Outcome = "accepted" | "busy" | "gone" | { readonly failure: unknown };

/** What publishing one message needs. */
export interface PublicationSettings {
  readonly topic: string;
  /** Text that goes into every log line: the message's id. */
  readonly id: string;
  readonly key: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly environment: Pick<Environment, "clock" | "timers" | "random" | "logger">;
  readonly find: () => Promise<SubscribersByVersion>;
  readonly post: (subscriber: Subscriber) => Promise<Outcome>;
}

/** Milliseconds between rounds: doubling from the first to the second number, with jitter. */
const pauseMs = [10, 500] as const;

/** One message on its way to everybody who should have it. */
export class Publication {
  private readonly deadline: number;

  constructor(private readonly settings: PublicationSettings) {
    this.deadline = settings.environment.clock.monotonic() + settings.timeoutMs;
  }

  /**
   * Resolves when one member of each group and every broadcast subscription that can be reached has
   * accepted the message.
   * @throws Unavailable `broker.unreachable` when no member of a group, or no broadcast
   *   subscription at all, accepted it in time; the signal's reason on abort.
   */
  async run(): Promise<void> {
    const versions = await this.settings.find();
    if (versions.size === 0) this.log("debug", "a message was dropped: nobody is subscribed");
    const ways = [...versions].map(([version, subscribers]) =>
      version === broadcastVersion ? this.toAll(subscribers) : this.toGroup(version, subscribers),
    );
    const failed = (await Promise.allSettled(ways)).find((way) => way.status === "rejected");
    if (failed) throw failed.reason;
  }

  private async toGroup(group: string, members: readonly Subscriber[]): Promise<void> {
    let last: unknown;
    for (let round = 0; ; round += 1) {
      for (const member of this.inTurn(members)) {
        const outcome = await this.settings.post(member);
        this.settings.signal.throwIfAborted();
        if (outcome === "accepted") return;
        last = this.note(member, outcome) ?? last;
      }
      if (!(await this.pause(round))) break;
      members = (await this.settings.find()).get(group) ?? [];
      if (members.length === 0) {
        this.log("debug", "a message was dropped: its group has gone", { group });
        return;
      }
    }
    throw this.unreachable(`no member of group ${group} accepted a message`, last);
  }

  private async toAll(subscribers: readonly Subscriber[]): Promise<void> {
    const results = await Promise.all(subscribers.map((subscriber) => this.toOne(subscriber)));
    const failures = results.filter((result) => result !== "accepted" && result !== "gone");
    if (failures.length === 0 || failures.length < results.length) return;
    throw this.unreachable("no subscription accepted a message", failures[0]);
  }

  /** Waits for a subscription that is busy, and for no other. */
  private async toOne(subscriber: Subscriber): Promise<unknown> {
    for (let round = 0; ; round += 1) {
      const outcome = await this.settings.post(subscriber);
      this.settings.signal.throwIfAborted();
      if (outcome === "accepted" || outcome === "gone") return outcome;
      if (outcome !== "busy" || !(await this.pause(round))) {
        const failure = this.note(subscriber, outcome);
        const fields = { node: subscriber.id, error: textOf(failure) };
        this.log("warn", "a broadcast did not reach a subscription", fields);
        return failure;
      }
    }
  }

  /** Messages of a key go to the same member as long as the members stay the same. */
  private inTurn(members: readonly Subscriber[]): readonly Subscriber[] {
    const { key, environment } = this.settings;
    if (key === undefined) {
      const start = Math.floor(environment.random.next() * members.length);
      return [...members.slice(start), ...members.slice(0, start)];
    }
    const ranked = members.map((member) => ({ member, rank: hash(`${member.id} ${key}`) }));
    return ranked.sort((a, b) => b.rank - a.rank).map(({ member }) => member);
  }

  private note(subscriber: Subscriber, outcome: Outcome): unknown {
    if (outcome === "accepted" || outcome === "gone") return undefined;
    if (outcome === "busy") return new Error(`${subscriber.id} is busy`);
    const fields = { node: subscriber.id, error: textOf(outcome.failure) };
    this.log("debug", "a post failed", fields);
    return outcome.failure;
  }

  /** False when the time is up. */
  private async pause(round: number): Promise<boolean> {
    const { environment, signal } = this.settings;
    const { clock, timers, random } = environment;
    const wait = random.next() * Math.min(pauseMs[1], pauseMs[0] * 2 ** Math.min(round, 16));
    if (clock.monotonic() + wait >= this.deadline) return false;
    await new Promise<void>((resolve) => {
      const timer = timers.after(wait, done);
      function done(): void {
        timer.cancel();
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
    signal.throwIfAborted();
    return true;
  }

  private unreachable(text: string, cause: unknown): Unavailable {
    const { topic, id } = this.settings;
    return new Unavailable(`${text} for ${topic}: ${textOf(cause)}`, {
      reason: "broker.unreachable",
      data: { topic, id },
      cause,
    });
  }

  private log(
    level: "debug" | "warn",
    text: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    const { topic, id, environment } = this.settings;
    environment.logger[level](text, { topic, id, ...fields });
  }
}

const textOf = (failure: unknown): string =>
  failure instanceof Error ? failure.message : "the subscription has gone";

/** FNV-1a over the text's UTF-16 units, with a final mix so that the high bits depend on all of it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
