import { describe, expect, test } from "@jest/globals";
import {
  Client,
  Handler,
  Module,
  Publisher,
  RpcClient,
  rpcServer,
  Service,
  Subscribe,
  topic,
  type Context,
  type Event,
} from "plugboard";
import { Test, type TestCluster } from "plugboard/testing";
import * as z from "zod";

const UserCreated = topic<{ id: string; email: string }>("users.created");
class UserCreatedPublisher extends Publisher(UserCreated) {}

@Service({ name: "users" })
class Users {
  constructor(private readonly created: UserCreatedPublisher) {}

  @Handler()
  async signUp(request: { email: string }): Promise<{ id: string }> {
    const id = `u-${request.email.length}`;
    await this.created.publish({ id, email: request.email }, { key: id });
    return { id };
  }

  @Handler()
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
class UsersClient extends Client<Users>("users") {}

@Service({ name: "mailer" })
class Mailer {
  readonly tries: number[] = [];

  @Subscribe(UserCreated, {
    group: "mailer",
    concurrency: 8,
    orderBy: (user) => user.id,
    retry: { attempts: 5, backoffMs: 200 },
    deadLetter: true,
  })
  async welcome(event: Event<{ id: string; email: string }>): Promise<void> {
    this.tries.push(event.attempt);
    if (!event.data.email.includes("@")) throw new Error("bad address");
  }
}

@Module({ services: [Users] })
class UsersModule {}
@Module({ services: [Mailer] })
class MailerModule {}

test("a poison message is dead-lettered and calls survive a partition", async () => {
  await using cluster = await Test.cluster({ seed: 42, clock: "virtual" });
  await cluster.start(UsersModule, MailerModule);
  const users = cluster.client(UsersClient); // typed, real codec, in-memory transport

  await users.signUp({ email: "not-an-address" });
  await cluster.clock.advance(60_000); // five retries pass in zero real time
  expect(cluster.broker.deadLetters(UserCreated).map(({ email }) => email)).toEqual([
    "not-an-address",
  ]);
  expect(cluster.app("mailer").get(Mailer).tries).toEqual([1, 2, 3, 4, 5]);

  cluster.net.partition("test", "users");
  const late = users.signUp({ email: "a@b.c" });
  cluster.net.heal();
  expect((await late).id).toBe("u-5");

  async function* ask(): AsyncGenerator<{ email: string }> {
    yield { email: "a@b.c" };
    yield { email: "dd@e.f" };
  }
  const ids: string[] = [];
  for await (const { id } of users.lookup(ask())) ids.push(id);
  expect(ids).toEqual(["u-5", "u-6"]);
});

@Service({ name: "node" })
class Node {
  static made = 0;
  readonly #number = ++Node.made;
  gate: Promise<void> | undefined;

  @Handler({ idempotent: true })
  async number(): Promise<{ number: number }> {
    await this.gate;
    return { number: this.#number };
  }

  @Handler()
  async wait(): Promise<{ number: number }> {
    await this.gate;
    return { number: this.#number };
  }
}
class NodeClient extends Client<Node>("node") {}
// An address that two nodes of one machine could not share; in a cluster each has its own.
@Module({ services: [Node], plugins: { server: rpcServer({ address: "127.0.0.1:8080" }) } })
class NodeModule {}

/** A promise and what settles it. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

/** How a promise stands after a turn of the event loop. */
const stateOf = (promise: Promise<unknown>): Promise<string> =>
  Promise.race([
    promise.then(
      () => "resolved",
      () => "rejected",
    ),
    new Promise<string>((resolve) => setImmediate(() => resolve("pending"))),
  ]);

const settled = (cluster: TestCluster): Promise<void> => cluster.clock.advance(0);

describe("the network", () => {
  test("a partition holds calls, for as long as they wait", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(NodeModule);
    const node = cluster.client(NodeClient);
    await node.wait();
    cluster.net.partition("test", "node");
    const long = node.wait(undefined, { timeoutMs: 60_000 }); // on the connection that is there
    const short = node.wait(undefined, { timeoutMs: 1_000 }); // on one that cannot be made
    await cluster.clock.advance(999);
    expect(await stateOf(short)).toBe("pending");
    const failing = expect(short).rejects.toMatchObject({ code: 408, reason: "client.timeout" });
    await cluster.clock.advance(1);
    await failing;
    await cluster.clock.advance(20_000);
    expect(await stateOf(long)).toBe("pending");
    cluster.net.heal();
    expect(await long).toMatchObject({ number: expect.any(Number) });
  });

  test("latency is counted both ways, in virtual time", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(NodeModule);
    const node = cluster.client(NodeClient);
    await node.wait();
    cluster.net.latency("node", 100);
    const call = node.wait();
    await cluster.clock.advance(199);
    expect(await stateOf(call)).toBe("pending");
    await cluster.clock.advance(1);
    expect(await stateOf(call)).toBe("resolved");
  });

  test("reset and drop break connections; a retry goes round them where that is safe", async () => {
    await using cluster = await Test.cluster({ seed: 3 });
    await cluster.start(NodeModule, NodeModule);
    const node = cluster.client(NodeClient);
    await node.number();
    const { promise, open } = gate();
    cluster.app("node").get(Node).gate = promise;
    const calls = [1, 2, 3, 4].map(() => node.wait().catch((error: unknown) => error));
    await settled(cluster);
    cluster.net.reset("node");
    open();
    await cluster.clock.advance(1_000);
    const results = await Promise.all(calls);
    expect(results).toContainEqual(expect.objectContaining({ code: 503 }));
    expect(results).toContainEqual({ number: expect.any(Number) });

    cluster.net.drop("node", 1);
    for (let count = 0; count < 10; count++) {
      const call = node.number();
      await cluster.clock.advance(1_000);
      expect(await call).toMatchObject({ number: expect.any(Number) });
    }
  });

  test("nodes are named by their services; mistakes are told", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(UsersModule, NodeModule);
    expect(() => cluster.net.partition("test", "user")).toThrow(
      "no running node serves user; there are: test, users, node",
    );
    expect(() => cluster.net.partition("users", "users")).toThrow(
      "users and users are on one node",
    );
    expect(() => cluster.app("mailer")).toThrow("no running node serves mailer");
    await cluster.stop("node");
    expect(() => cluster.app("node")).toThrow("there are: test, users");
  });
});

describe("the end of a node", () => {
  test("stop drains: what runs is finished, what comes goes elsewhere", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(NodeModule, NodeModule);
    const node = cluster.client(NodeClient);
    const gates = gate();
    const first = cluster.app("node").get(Node);
    const [own, other] = [Node.made - 1, Node.made];
    first.gate = gates.promise;
    const calls = Array.from({ length: 8 }, () => node.wait());
    await settled(cluster);
    const stopping = cluster.stop("node");
    await settled(cluster);
    expect(await stateOf(stopping)).toBe("pending");
    for (let count = 0; count < 5; count++) expect(await node.wait()).toEqual({ number: other });
    gates.open();
    await stopping;
    const numbers = (await Promise.all(calls)).map(({ number }) => number);
    expect(new Set(numbers)).toEqual(new Set([own, other]));
  });

  test("kill is a power cut: calls break, the registration ends with its time", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(NodeModule, NodeModule);
    const other = Node.made;
    const node = cluster.client(NodeClient);
    await node.number();
    cluster.app("node").get(Node).gate = gate().promise;
    const calls = Array.from({ length: 8 }, () =>
      node.wait(undefined, { retries: 0 }).catch((error: unknown) => error),
    );
    await settled(cluster);
    await cluster.kill("node");
    const results = await Promise.all(calls);
    expect(results).toContainEqual(expect.objectContaining({ code: 503 }));
    for (let count = 0; count < 10; count++) {
      const call = node.number();
      await cluster.clock.advance(1_000); // a retry pauses
      expect(await call).toEqual({ number: other });
    }
    await cluster.clock.advance(120_000); // the dead do not renew; the living do
    for (let count = 0; count < 10; count++)
      expect(await node.wait(undefined, { retries: 0 })).toEqual({ number: other });

    await cluster.kill("node");
    await cluster.clock.advance(120_000);
    await expect(node.wait()).rejects.toMatchObject({ code: 404 });
  });

  test("what a killed subscriber had in hand goes to another member of its group", async () => {
    const handled: string[] = [];
    const hands: Slow[] = [];
    @Service({ name: "slow" })
    class Slow {
      readonly gate = gate();
      constructor() {
        hands.push(this);
      }
      @Subscribe(UserCreated, { group: "slow" })
      async take(event: Event<{ id: string; email: string }>): Promise<void> {
        const number = hands.indexOf(this);
        handled.push(`${number} takes ${event.data.id}`);
        await this.gate.promise;
        handled.push(`${number} did ${event.data.id}`);
      }
    }
    @Module({ services: [Slow] })
    class SlowModule {}
    await using cluster = await Test.cluster();
    await cluster.start(SlowModule);
    await cluster.publisher(UserCreatedPublisher).publish({ id: "u-1", email: "a@b.c" });
    await settled(cluster);
    expect(handled).toEqual(["0 takes u-1"]);
    await cluster.start(SlowModule);
    await cluster.kill("slow");
    expect(handled).toEqual(["0 takes u-1", "1 takes u-1"]);
    hands[1]?.gate.open();
    await settled(cluster);
    expect(handled).toEqual(["0 takes u-1", "1 takes u-1", "1 did u-1"]);
    hands[0]?.gate.open(); // whoever is dead may think what they like
    await settled(cluster);
    await cluster.publisher(UserCreatedPublisher).publish({ id: "u-2", email: "a@b.c" });
    await settled(cluster);
    expect(handled.slice(-2)).toEqual(["1 takes u-2", "1 did u-2"]);
  });

  test("the dead neither call nor publish nor log", async () => {
    const done: string[] = [];
    const doors = [gate(), gate()];
    @Service({ name: "zombie" })
    class Zombie {
      constructor(
        private readonly created: UserCreatedPublisher,
        private readonly node: NodeClient,
      ) {}
      @Handler()
      async haunt(): Promise<void> {
        await doors[0]?.promise;
        void this.node.number(undefined, { retries: 0 }).then(
          () => done.push("called"),
          () => done.push("could not call"),
        );
        await this.created.publish({ id: "u-0", email: "zombie@example.org" });
        done.push("published");
      }
    }
    class ZombieClient extends Client<Zombie>("zombie") {}
    @Module({ services: [Zombie] })
    class ZombieModule {}
    await using cluster = await Test.cluster();
    await cluster.start(NodeModule, ZombieModule);
    const call = cluster
      .client(ZombieClient)
      .haunt()
      .catch((error: unknown) => error);
    await settled(cluster);
    const { length } = cluster.logs;
    await cluster.kill("zombie");
    doors[0]?.open();
    await cluster.clock.advance(120_000);
    expect(await call).toMatchObject({ code: 503 });
    expect(done).not.toContain("called");
    expect(done).not.toContain("published");
    expect(cluster.broker.published(UserCreated)).toEqual([]);
    expect(cluster.logs.slice(length).filter(({ level }) => level !== "debug")).toEqual([]);
  });

  test("a node that does not stop cleanly fails the cluster's end, once", async () => {
    @Service({ name: "untidy" })
    class Untidy {
      onStop(): void {
        throw new Error("cannot let go");
      }
    }
    @Module({ services: [Untidy] })
    class UntidyModule {}
    const cluster = await Test.cluster();
    await cluster.start(UntidyModule, UntidyModule);
    await expect(cluster.stop("untidy")).rejects.toThrow("cannot let go");
    const end = cluster[Symbol.asyncDispose]();
    await expect(end).rejects.toThrow(AggregateError);
    await expect(end).rejects.toMatchObject({ errors: { length: 1 } });
  });
});

describe("what a cluster shows", () => {
  test("what was published, with the topic's type; dead letters wherever they went", async () => {
    const Checked = topic("checked", z.object({ n: z.number() }));
    class CheckedPublisher extends Publisher(Checked) {}
    @Service({ name: "checker" })
    class Checker {
      @Subscribe(Checked, { retry: { attempts: 1 }, deadLetter: "poison" })
      async check({ data }: Event<{ n: number }>): Promise<void> {
        if (data.n % 2 === 1) throw new Error("odd");
      }
    }
    @Module({ services: [Checker] })
    class CheckerModule {}
    await using cluster = await Test.cluster();
    await cluster.start(CheckerModule);
    const publisher = cluster.publisher(CheckedPublisher);
    for (const n of [1, 2, 3]) await publisher.publish({ n });
    await expect(publisher.publish({ n: "4" } as never)).rejects.toMatchObject({ code: 400 });
    await settled(cluster);
    expect(cluster.broker.published(Checked)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(cluster.broker.deadLetters(Checked)).toEqual([{ n: 1 }, { n: 3 }]);
    expect(cluster.broker.published(topic("poison"))).toEqual([{ n: 1 }, { n: 3 }]);
    await publisher.publish({ n: 5 }, { contentType: "application/octet-stream" }).then(
      () => expect(() => cluster.broker.published(Checked)).toThrow("cannot read events of type"),
      (error: unknown) => expect(error).toBeInstanceOf(Error),
    );
  });

  test("logs, with virtual times", async () => {
    await using cluster = await Test.cluster();
    await cluster.start(MailerModule);
    await cluster.publisher(UserCreatedPublisher).publish({ id: "u-1", email: "poison" });
    await cluster.clock.advance(60_000);
    const ready = cluster.logs.find(({ message }) => message.startsWith("mailer is ready on"));
    const buried = cluster.logs.find(({ message }) => message.includes("dead-letter"));
    expect(ready?.time).toBe(Date.UTC(2026, 0, 1));
    expect(buried?.time).toBeGreaterThan(Date.UTC(2026, 0, 1));
    expect(buried?.fields).toMatchObject({ attempts: 5, error: "bad address" });
  });
});

describe("chance", () => {
  /** Everything that can be seen of a run in which chance has a say. */
  async function trace(seed: number): Promise<readonly unknown[]> {
    Node.made = 0;
    await using cluster = await Test.cluster({ seed });
    await cluster.start(NodeModule, NodeModule, NodeModule, UsersModule, MailerModule);
    const node = cluster.client(NodeClient);
    const seen: unknown[] = [];
    cluster.net.latency("node", 7);
    cluster.net.drop("node", 0.2);
    for (let count = 0; count < 20; count++) {
      const call = node.number().then(
        ({ number }) => seen.push(number),
        (error: unknown) => seen.push(String(error)),
      );
      await cluster.clock.advance(1_000);
      await call;
    }
    const users = cluster.client(UsersClient);
    for (const email of ["a@b.c", "poison", "d@e.f"]) await users.signUp({ email });
    await cluster.clock.advance(60_000);
    return [...seen, ...cluster.logs];
  }

  test("the same seed gives the same trace, another seed another", async () => {
    const first = await trace(7);
    expect(await trace(7)).toEqual(first);
    expect(await trace(8)).not.toEqual(first);
  });
});

describe("on the real clock", () => {
  test("the apps are on loopback, in real time", async () => {
    await using cluster = await Test.cluster({ clock: "real" });
    await cluster.start(UsersModule, NodeModule);
    expect(cluster.app("users").address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await cluster.client(UsersClient).signUp({ email: "a@b.c" })).toEqual({ id: "u-5" });
    expect(cluster.broker.published(UserCreated)).toEqual([{ id: "u-5", email: "a@b.c" }]);
    expect(cluster.logs.map(({ message }) => message.split(" on ")[0])).toEqual(
      expect.arrayContaining(["users is ready", "node is ready"]),
    );
    const virtualOnly = 'a cluster on the real clock has a real network: use clock: "virtual"';
    expect(() => cluster.net.heal()).toThrow(virtualOnly);
    expect(() => cluster.clock.advance(1)).toThrow(virtualOnly);
    await expect(cluster.kill("node")).rejects.toThrow(virtualOnly);
    expect(cluster.app("node").get(RpcClient).name).toBe("mucp");
    await cluster.stop("node");
  });
});
