import assert from "node:assert/strict";
import {
  Client,
  Handler,
  Module,
  Publisher,
  Service,
  Subscribe,
  topic,
  type Context,
  type Event,
} from "plugboard";
import { Test } from "plugboard/testing";

export const UserCreated = topic<{ id: string; email: string }>("users.created");
export class UserCreatedPublisher extends Publisher(UserCreated) {}

@Service({ name: "users" })
export class Users {
  constructor(private readonly created: UserCreatedPublisher) {}

  @Handler()
  async signUp(request: { email: string }): Promise<{ id: string }> {
    const id = `u-${request.email.length}`;
    await this.created.publish({ id, email: request.email }, { key: id });
    return { id };
  }

  @Handler() // bidirectional stream
  async *lookup(
    emails: AsyncIterable<{ email: string }>,
    context: Context,
  ): AsyncIterable<{ id: string }> {
    for await (const { email } of emails) {
      context.signal.throwIfAborted();
      yield { id: `u-${email.length}` };
    }
  }
}
export class UsersClient extends Client<Users>("users") {}

@Service({ name: "mailer" })
export class Mailer {
  @Subscribe(UserCreated, {
    group: "mailer",
    concurrency: 8,
    orderBy: (user) => user.id,
    retry: { attempts: 5, backoffMs: 200 },
    deadLetter: true,
  })
  async welcome(event: Event<{ id: string; email: string }>): Promise<void> {
    if (!event.data.email.includes("@")) throw new Error("bad address");
  }
}

@Module({ services: [Users] })
class UsersModule {}
@Module({ services: [Mailer] })
class MailerModule {}

/** A poison message is dead-lettered and calls survive a partition. */
export async function testUsers(): Promise<void> {
  await using cluster = await Test.cluster({ seed: 42, clock: "virtual" });
  await cluster.start(UsersModule, MailerModule);
  const users = cluster.client(UsersClient);

  await users.signUp({ email: "not-an-address" });
  await cluster.clock.advance(60_000); // the retries pass in no real time
  assert.deepEqual(
    cluster.broker.deadLetters(UserCreated).map(({ email }) => email),
    ["not-an-address"],
  );

  cluster.net.partition("test", "users");
  const late = users.signUp({ email: "a@b.c" });
  cluster.net.heal();
  assert.equal((await late).id, "u-5");

  async function* ask() {
    yield { email: "a@b.c" };
    yield { email: "dd@e.f" };
  }
  const ids: string[] = [];
  for await (const { id } of users.lookup(ask())) ids.push(id);
  assert.deepEqual(ids, ["u-5", "u-6"]);
}
