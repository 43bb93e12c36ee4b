import { Handler, Module, Publisher, Service, Subscribe, topic, type Event } from "plugboard";

export interface User {
  id: string;
  email: string;
}

// One constant that publishers and subscribers share: name and type in one.
export const UserCreated = topic<User>("users.created");
export class UserCreatedPublisher extends Publisher(UserCreated) {}

@Service({ name: "users" })
export class Users {
  constructor(private readonly created: UserCreatedPublisher) {}

  @Handler()
  async signUp(request: { email: string }): Promise<User> {
    const user = { id: `u-${request.email.length}`, email: request.email };
    await this.created.publish(user, { key: user.id }); // resolves when the broker has accepted it
    return user;
  }
}

@Service({ name: "mailer" })
export class Mailer {
  readonly welcomed: string[] = [];

  @Subscribe(UserCreated, {
    group: "mailer", // members of a group share the events
    concurrency: 8,
    orderBy: (user) => user.id, // in order per user, side by side across users
    retry: { attempts: 3, backoffMs: 10 },
    deadLetter: true, // what cannot be handled goes to users.created.dead-letter
  })
  async welcome(event: Event<User>): Promise<void> {
    if (!event.data.email.includes("@")) throw new Error("bad address");
    this.welcomed.push(event.data.email);
  }
}

@Service({ name: "support" })
export class Support {
  readonly unreachable: string[] = [];

  @Subscribe(topic<User>("users.created.dead-letter"), { group: "support" })
  async lookInto(event: Event<User>): Promise<void> {
    this.unreachable.push(
      `${event.data.email}: ${event.context.metadata["dead-letter-reason"] ?? ""}`,
    );
  }
}

@Module({ services: [Users, Mailer, Support] })
export class SignUpModule {}
