import { toMetadata, type BrokerMessage, type Consumer, type Logger } from "../../../src/spi.js";

/** A message on its way to one group. */
export interface Entry {
  /** Place in the order of publishing. */
  readonly number: number;
  readonly message: BrokerMessage;
  /** The key it was published with. */
  readonly publishedKey: string | undefined;
  /** The key that orders it in this group. */
  readonly key: string | undefined;
  /** Tries begun so far, by any member. */
  tries: number;
}

/** Who holds messages of a key, and how many. */
interface Holder {
  readonly member: Consumer;
  count: number;
}

/**
 * The messages of one group on one topic, or of one broadcast subscription, which is a group of its
 * own. A message goes to the member with the least in hand; while a member holds messages of a key,
 * the others of that key go there too, so their order holds across members.
 */
export class GroupQueue {
  /** Accepted and not settled. */
  size = 0;
  private members: Consumer[] = [];
  private readonly waiting: Entry[] = [];
  private readonly holders = new Map<string, Holder>();

  get hasMembers(): boolean {
    return this.members.length > 0;
  }

  join(member: Consumer): void {
    this.members.push(member);
    this.dispatch();
  }

  /** Gives this member nothing more. What it hands back goes to the others. */
  leave(member: Consumer): void {
    this.members = this.members.filter((each) => each !== member);
  }

  add(number: number, message: BrokerMessage, publishedKey: string | undefined): void {
    const key = this.keyOf(message, publishedKey);
    this.size += 1;
    this.waiting.push({ number, message, publishedKey, key, tries: 0 });
    this.dispatch();
  }

  /** Forgets what waits, with a line in the log for each. */
  drop(logger: Logger, topic: string): void {
    for (const { message } of this.waiting) {
      const id = message.headers["micro-id"] ?? "";
      logger.warn("a message was dropped: its subscription closed", { topic, id });
    }
    this.size -= this.waiting.length;
    this.waiting.length = 0;
  }

  private dispatch(): void {
    for (let index = 0; index < this.waiting.length;) {
      const entry = this.waiting[index];
      if (!entry || !this.members.some(({ free }) => free > 0)) return;
      const member = this.memberFor(entry);
      if (member) {
        this.waiting.splice(index, 1);
        void this.give(entry, member);
      } else index += 1;
    }
  }

  private memberFor({ key }: Entry): Consumer | undefined {
    const holder = key === undefined ? undefined : this.holders.get(key);
    if (holder) return holder.member.free > 0 ? holder.member : undefined;
    let chosen: Consumer | undefined;
    for (const member of this.members)
      if (member.free > 0 && (!chosen || member.stats.inHand < chosen.stats.inHand))
        chosen = member;
    return chosen;
  }

  private async give(entry: Entry, member: Consumer): Promise<void> {
    this.hold(entry.key, member);
    if (this.members.length > 1) {
      this.leave(member); // to the end of the row: among equals it is chosen last
      this.members.push(member);
    }
    const { message, publishedKey: key, tries } = entry;
    const copy = { headers: toMetadata(message.headers), body: message.body.slice() };
    try {
      await member.deliver(copy, { key, attempt: tries + 1 });
      this.size -= 1;
    } catch (error) {
      entry.tries = triesOf(error) ?? tries;
      this.takeBack(entry);
    }
    this.letGo(entry.key);
    this.dispatch();
  }

  private takeBack(entry: Entry): void {
    const place = this.waiting.findIndex(({ number }) => number > entry.number);
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, entry);
  }

  private hold(key: string | undefined, member: Consumer): void {
    if (key === undefined) return;
    const holder = this.holders.get(key);
    if (holder) holder.count += 1;
    else this.holders.set(key, { member, count: 1 });
  }

  private letGo(key: string | undefined): void {
    const holder = key === undefined ? undefined : this.holders.get(key);
    if (key === undefined || !holder) return;
    holder.count -= 1;
    if (holder.count === 0) this.holders.delete(key);
  }

  private keyOf(message: BrokerMessage, publishedKey: string | undefined): string | undefined {
    try {
      return this.members[0]?.keyOf(message, publishedKey);
    } catch {
      return undefined; // the member will find out, too, and put the message away
    }
  }
}

function triesOf(error: unknown): number | undefined {
  const data = error instanceof Error && "data" in error ? error.data : undefined;
  const attempts =
    typeof data === "object" && data && "attempts" in data ? data.attempts : undefined;
  return typeof attempts === "number" ? attempts : undefined;
}
