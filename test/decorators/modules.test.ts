import { describe, expect, test } from "@jest/globals";
import {
  Broker,
  Client,
  createApp,
  factory,
  Handler,
  inject,
  Injectable,
  Module,
  Publisher,
  Service,
  topic,
} from "plugboard";
import { virtualApp, withApp } from "./start-app.js";

@Injectable()
class Counter {
  static made = 0;
  readonly number = ++Counter.made;
}

describe("modules", () => {
  test("share one instance of what is exported, through any number of imports and re-exports", async () => {
    @Module({ providers: [Counter], exports: [Counter] })
    class CounterModule {}
    // Once by naming the module again, once by naming the token.
    @Module({ imports: [CounterModule], exports: [CounterModule] })
    class ByModule {}
    @Module({ imports: [CounterModule], exports: [Counter] })
    class ByToken {}

    @Service({ name: "left" })
    class Left {
      constructor(readonly counter: Counter) {}
    }
    @Service({ name: "right" })
    class Right {
      readonly counter = inject(Counter);
    }
    @Module({ imports: [ByModule], services: [Left] })
    class LeftModule {}
    @Module({ imports: [ByToken], services: [Right] })
    class RightModule {}
    @Module({
      imports: [LeftModule, RightModule, CounterModule],
      exports: [LeftModule, RightModule],
    })
    class Whole {}

    const before = Counter.made;
    await withApp(Whole, (app) => {
      expect(Counter.made).toBe(before + 1);
      expect(app.get(Counter).number).toBe(before + 1);
      expect(app.services).toEqual(["left", "right"]);
    });
  });

  test("keep what they do not export: two modules may provide one token differently", async () => {
    abstract class Greeting {
      abstract readonly text: string;
    }
    @Service({ name: "english" })
    class English {
      constructor(private readonly greeting: Greeting) {}
      @Handler()
      async hello(): Promise<{ text: string }> {
        return { text: this.greeting.text };
      }
    }
    @Service({ name: "italian" })
    class Italian {
      constructor(private readonly greeting: Greeting) {}
      @Handler()
      async hello(): Promise<{ text: string }> {
        return { text: this.greeting.text };
      }
    }
    class EnglishClient extends Client<English>("english") {}
    class ItalianClient extends Client<Italian>("italian") {}
    @Module({
      services: [English],
      providers: [{ provide: Greeting, useValue: { text: "hello" } }],
    })
    class EnglishModule {}
    @Module({
      services: [Italian],
      providers: [{ provide: Greeting, useValue: { text: "ciao" } }],
    })
    class ItalianModule {}
    @Module({ imports: [EnglishModule, ItalianModule] })
    class Both {}
    await withApp(Both, async (app) => {
      expect(await app.get(EnglishClient).hello()).toEqual({ text: "hello" });
      expect(await app.get(ItalianClient).hello()).toEqual({ text: "ciao" });
      expect(() => app.get(Greeting)).toThrow("Greeting: no provider");
    });
  });

  test("a module imported twice runs its services once", async () => {
    const started: string[] = [];
    @Service({ name: "once" })
    class Once {
      onStart(): void {
        started.push("once");
      }
    }
    @Module({ services: [Once] })
    class OnceModule {}
    @Module({ imports: [OnceModule] })
    class A {}
    @Module({ imports: [OnceModule] })
    class B {}
    @Module({ imports: [A, B, OnceModule] })
    class Root {}
    await withApp(Root, () => expect(started).toEqual(["once"]));
  });

  test("async factories run once, in the order of their needs, before what needs them", async () => {
    const order: string[] = [];
    const later = async <T>(name: string, value: T): Promise<T> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
      return value;
    };
    abstract class Address {
      abstract readonly url: string;
    }
    abstract class Connection {
      abstract readonly to: string;
    }
    @Injectable()
    class Repository {
      constructor(readonly connection: Connection) {}
    }
    @Module({
      // Listed back to front on purpose.
      providers: [
        {
          provide: Connection,
          useFactory: factory([Address], (address) => later("connection", { to: address.url })),
        },
        { provide: Address, useFactory: factory([], () => later("address", { url: "db:1" })) },
      ],
      exports: [Connection],
    })
    class StorageModule {}
    @Service({ name: "shop" })
    class Shop {
      private readonly connection = inject(Connection);
      constructor(repository: Repository, connection: Connection) {
        order.push(`shop on ${repository.connection.to}`);
        expect(repository.connection).toBe(connection);
        expect(this.connection).toBe(connection);
      }
    }
    @Module({
      imports: [StorageModule],
      services: [Shop],
      providers: [
        {
          provide: Repository,
          useFactory: factory([Connection], (connection) =>
            later("repository", new Repository(connection)),
          ),
        },
      ],
    })
    class ShopModule {}
    await withApp(ShopModule, () => {
      expect(order).toEqual([
        "address begins",
        "address ends",
        "connection begins",
        "connection ends",
        "repository begins",
        "repository ends",
        "shop on db:1",
      ]);
    });
  });

  test("a factory may ask for contracts, clients and publishers", async () => {
    class GreeterClient extends Client<{ hello(): Promise<string> }>("greeter") {}
    class NewsPublisher extends Publisher(topic<string>("news")) {}
    @Injectable()
    class Parts {
      list: readonly string[] = [];
    }
    @Module({
      providers: [
        {
          provide: Parts,
          useFactory: factory([Broker, GreeterClient, NewsPublisher], (broker, greeter, news) => ({
            list: [broker.name, typeof greeter.hello, typeof news.publish],
          })),
        },
      ],
    })
    class PartsModule {}
    await withApp(PartsModule, (app) => {
      expect(app.get(Parts).list).toEqual(["memory", "function", "function"]);
    });
  });

  test("what a field asks for too early says so, with the path", async () => {
    abstract class Slow {}
    @Injectable()
    class Hasty {
      readonly slow = inject(Slow);
    }
    @Module({
      providers: [
        { provide: Counter, useFactory: factory([Hasty], () => new Counter()) },
        { provide: Slow, useFactory: factory([], async () => Promise.resolve({})) },
        Hasty,
      ],
    })
    class HastyModule {}
    await expect(virtualApp(HastyModule).app.start()).rejects.toThrow(
      "Hasty -> Slow: it is made by a factory that has not run yet; ask for it in the constructor, or among a factory's dependencies",
    );
  });

  test("a provider of a service's class takes its place: for tests", async () => {
    @Service({ name: "bank" })
    class Bank {
      @Handler()
      async balance(): Promise<{ cents: number }> {
        throw new Error("needs the real bank");
      }
    }
    class BankClient extends Client<Bank>("bank") {}
    @Module({
      services: [Bank],
      providers: [{ provide: Bank, useValue: { balance: async () => ({ cents: 7 }) } }],
    })
    class BankModule {}
    await withApp(BankModule, async (app) => {
      expect(await app.get(BankClient).balance()).toEqual({ cents: 7 });
    });
  });

  test("two apps in one process never meet, even of one module", async () => {
    @Service({ name: "tally" })
    class Tally {
      readonly #counter = inject(Counter);
      @Handler()
      async number(): Promise<{ number: number }> {
        return { number: this.#counter.number };
      }
    }
    class TallyClient extends Client<Tally>("tally") {}
    @Module({ services: [Tally], providers: [Counter] })
    class TallyModule {}
    await withApp(TallyModule, (one) =>
      withApp(TallyModule, async (other) => {
        const [mine, theirs] = [one.get(Counter), other.get(Counter)];
        expect(mine).not.toBe(theirs);
        expect(await one.get(TallyClient).number()).toEqual({ number: mine.number });
        expect(await other.get(TallyClient).number()).toEqual({ number: theirs.number });
        expect(one.get(TallyClient)).not.toBe(other.get(TallyClient));
      }),
    );
  });

  test("an app that has not been started says so", () => {
    @Module({})
    class Empty {}
    const app = createApp(Empty);
    const late = "Empty has not been started: await app.start() before you ask it";
    expect(() => app.address).toThrow(late);
    expect(() => app.services).toThrow(late);
    expect(() => app.get(Broker)).toThrow(late);
  });
});
