import type { Cluster, Consumer } from "kafkajs";
import type { Environment, RpcError } from "../../../src/spi.js";
import type { KafkaMember, Membership } from "./driver.js";
import { failureOf, notConnected, unreachable } from "./failures.js";
import { GroupOffsets } from "./group-offsets.js";
import { GroupStart } from "./group-start.js";
import { KafkajsSession } from "./kafkajs-session.js";
import type { KafkaSettings } from "./settings.js";
import { sleep, within } from "./within.js";

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const leaveMs = 5_000;

/** What a member is made from. */
export interface KafkajsMemberSettings {
  readonly membership: Membership;
  readonly settings: Pick<KafkaSettings, "timeoutMs" | "heartbeatMs" | "startFrom">;
  readonly environment: Pick<Environment, "timers" | "clock" | "random" | "logger">;
  /** Makes kafkajs's consumer, with a connection of its own, and tells that connection. */
  readonly connect: () => { readonly consumer: Consumer; readonly cluster: Cluster };
  /** Deletes a group that nobody is in. */
  readonly deleteGroup: (group: string) => Promise<void>;
}

/** A member of a group through kafkajs. When kafkajs gives up, a new session takes the old one's place. */
export class KafkajsMember implements KafkaMember {
  readonly joined: Promise<void>;
  private refuse: (error: RpcError) => void = () => undefined;
  private readonly start: GroupStart;
  private session: KafkajsSession | undefined;
  private isPaused = false;
  private left: Promise<void> | undefined;
  private failures = 0;
  private lastFailure: unknown = "the group does not answer";

  constructor(private readonly parts: KafkajsMemberSettings) {
    const { membership, settings, environment } = parts;
    const { topic, group, broadcast } = membership;
    let ready: () => void = () => undefined;
    const joined = new Promise<void>((resolve, reject) => {
      ready = resolve;
      this.refuse = reject;
    });
    const late = (): Error =>
      unreachable(
        `could not join the group ${group} on ${topic} in ${settings.timeoutMs} ms`,
        this.lastFailure,
      );
    this.joined = within(environment.timers, settings.timeoutMs, joined, late);
    this.joined.catch(() => undefined);
    this.start = new GroupStart({
      topic,
      broadcast,
      startFrom: settings.startFrom,
      environment,
      ready,
      delayed: (error) => {
        this.lastFailure = error;
        this.log("debug", "the offsets of a group are not settled yet", error);
      },
    });
    this.begin();
  }

  pause(): void {
    this.isPaused = true;
    this.session?.pause();
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (!this.session) throw unreachable("cannot commit", this.lastFailure);
    await this.session.commit(offsets);
  }

  leave(): Promise<void> {
    return (this.left ??= this.goAway());
  }

  private async goAway(): Promise<void> {
    const { environment, membership, deleteGroup } = this.parts;
    const { session } = this;
    this.session = undefined;
    this.refuse(notConnected(`subscribe to ${membership.topic}`));
    if (!session) return;
    const gone = session
      .end()
      .then(() => (membership.broadcast ? deleteGroup(membership.group) : undefined));
    await within(environment.timers, leaveMs, gone, () => new Error("no answer")).catch(
      (error: unknown) => this.log("debug", "a member could not leave its group in order", error),
    );
  }

  private begin(): void {
    const { membership, settings, environment, connect } = this.parts;
    const { topic, group } = membership;
    const { consumer, cluster } = connect();
    this.session = new KafkajsSession({
      membership,
      consumer,
      offsets: new GroupOffsets(cluster, group, topic),
      start: this.start,
      heartbeatMs: settings.heartbeatMs,
      environment,
      joined: () => (this.failures = 0),
      failed: (error) => this.failed(error),
    });
    if (this.isPaused) this.session.pause();
    void this.session.run();
  }

  /** kafkajs has given up, or never got there: a new session tries again, later each time. */
  private failed(error: unknown): void {
    const { environment, membership } = this.parts;
    const { topic, group, receiver } = membership;
    this.session = undefined;
    this.lastFailure = error;
    receiver.assigned([]);
    const failure = failureOf(`cannot join the group ${group} on ${topic}`, error);
    if (failure.reason !== "broker.unreachable") this.refuse(failure);
    this.log("warn", "a subscription lost its group and joins again", error);
    const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures);
    this.failures += 1;
    void sleep(environment.timers, environment.random.next() * longest).then(() => {
      if (!this.left) this.begin();
    });
  }

  private log(level: "debug" | "warn", text: string, error: unknown): void {
    const { topic, group } = this.parts.membership;
    const cause = error instanceof Error ? error.message : String(error);
    this.parts.environment.logger[level](text, { topic, group, error: cause });
  }
}
