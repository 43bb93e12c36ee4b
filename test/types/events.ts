// Topics type their publishers and subscribers.
/* eslint-disable @typescript-eslint/no-unsafe-return -- what does not compile has no type */
import { Publisher, Subscribe, topic, type Event, type PublishEventOptions } from "plugboard";
import * as z from "zod";
import { expectType, type Equal } from "./expect-type.js";

interface User {
  id: string;
  email: string;
}

const UserCreated = topic<User>("users.created");
const Checked = topic(
  "users.checked",
  z.object({ id: z.string(), age: z.string().transform(Number) }),
);

class UserCreatedPublisher extends Publisher(UserCreated) {}
class CheckedPublisher extends Publisher(Checked) {}

declare const created: UserCreatedPublisher;
declare const checked: CheckedPublisher;

expectType<
  Equal<
    UserCreatedPublisher["publish"],
    (data: User, options?: PublishEventOptions) => Promise<void>
  >
>(true);

export class Accepted {
  @Subscribe(UserCreated)
  async plain({ data }: Event<User>): Promise<void> {
    await Promise.resolve(data.email);
  }

  @Subscribe(UserCreated, {
    group: "mail",
    concurrency: 8,
    orderBy: (user) => user.id,
    retry: { attempts: 5, backoffMs: 200 },
    deadLetter: true,
    ack: "manual",
    requires: ["durable"],
  })
  async everything(event: Event<User>): Promise<void> {
    event.ack();
    return Promise.resolve();
  }

  // Needing less than the topic gives is fine.
  @Subscribe(UserCreated)
  async less(event: Event<{ id: string }>): Promise<string> {
    return Promise.resolve(event.data.id);
  }

  @Subscribe(Checked)
  async schema(event: Event<{ id: string; age: number }>): Promise<number> {
    return Promise.resolve(event.data.age);
  }
}

export const accepted = [
  () => created.publish({ id: "u-1", email: "a@b.c" }, { key: "u-1", delayMs: 10 }),
  () => checked.publish({ id: "u-1", age: 42 }),
];

export class Refused {
  // @ts-expect-error the payload differs from the topic's
  @Subscribe(UserCreated)
  async wrongPayload(_event: Event<{ email: number }>): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error the payload differs from the schema's
  @Subscribe(Checked)
  async wrongSchema(_event: Event<{ age: string }>): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error a subscriber gets the event, not its data
  @Subscribe(UserCreated)
  async noEvent(_user: User): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error a subscriber is async: when it resolves, the event is done
  @Subscribe(UserCreated)
  notAsync(_event: Event<User>): void {
    return;
  }

  // @ts-expect-error the key is taken from the event's data
  @Subscribe(UserCreated, { orderBy: (user) => user.name })
  async wrongKey(_event: Event<User>): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error a typo in the options
  @Subscribe(UserCreated, { retries: 5 })
  async typo(_event: Event<User>): Promise<void> {
    return Promise.resolve();
  }

  // @ts-expect-error no broker can promise that
  @Subscribe(UserCreated, { requires: ["exactly-once"] })
  async unknownPromise(_event: Event<User>): Promise<void> {
    return Promise.resolve();
  }
}

export const refused = [
  // @ts-expect-error the payload differs from the topic's
  () => created.publish({ id: "u-1" }),
  // @ts-expect-error more than the topic's payload
  () => created.publish({ id: "u-1", email: "a@b.c", name: "Ada" }),
  // @ts-expect-error a typo in the options
  () => created.publish({ id: "u-1", email: "a@b.c" }, { delay: 10 }),
  // @ts-expect-error the schema is of another type than the topic
  () => topic<User>("users.created", z.object({ id: z.number() })),
];
