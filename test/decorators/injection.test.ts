import { describe, expect, test } from "@jest/globals";
import {
  Ambient,
  Broker,
  Client,
  factory,
  Handler,
  Inject,
  inject,
  InjectClient,
  Injectable,
  Module,
  RpcClient,
  Service,
  type ClientOf,
} from "plugboard";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { faultsOf, virtualApp, withApp } from "./start-app.js";

interface Clock {
  now(): number;
}
/** Token of an interface. */
abstract class ClockToken implements Clock {
  abstract now(): number;
}

@Service({ name: "greeter" })
class Greeter {
  @Handler()
  async hello(request: { name: string }): Promise<{ text: string }> {
    return { text: `Hello ${request.name}` };
  }
}
class GreeterClient extends Client<Greeter>("greeter") {}

describe("injection", () => {
  test("by type, by @Inject, by @InjectClient and by field, side by side", async () => {
    @Injectable()
    class Store {
      readonly clock = inject(ClockToken);
    }
    @Service({ name: "web" })
    class Web {
      private readonly store = inject(Store);
      readonly #again = inject(GreeterClient);

      constructor(
        private readonly broker: Broker,
        @Inject(ClockToken) private readonly clock: Clock,
        @InjectClient<Greeter>("greeter") private readonly greeter: ClientOf<Greeter>,
      ) {}

      @Handler()
      async page(): Promise<{ parts: unknown[] }> {
        const one = await this.greeter.hello({ name: "Ada" });
        const other = await this.#again.hello({ name: "Bob" });
        const same = this.store.clock === this.clock;
        return { parts: [this.broker.name, this.clock.now(), one.text, other.text, same] };
      }
    }
    class WebClient extends Client<Web>("web") {}
    @Module({
      services: [Web, Greeter],
      providers: [Store, { provide: ClockToken, useValue: { now: () => 7 } }],
    })
    class WebModule {}
    await withApp(WebModule, async (app) => {
      expect(await app.get(WebClient).page()).toEqual({
        parts: ["memory", 7, "Hello Ada", "Hello Bob", true],
      });
    });
  });

  test("inject() outside of what the container makes is refused", () => {
    expect(() => inject(GreeterClient)).toThrow(
      "inject(GreeterClient) works only while the container makes an object: use it as a field's initial value in a class that is a service or a provider",
    );
  });

  test("a subclass without a constructor gets its parent's parameters, @Inject included", async () => {
    @Injectable()
    class Base {
      constructor(
        readonly broker: Broker,
        @Inject(ClockToken) readonly clock: Clock,
      ) {}
    }
    @Injectable()
    class Child extends Base {
      readonly extra = "constructor (in a text) is none";
    }
    @Injectable()
    class Grandchild extends Child {}
    @Injectable()
    class Own extends Base {
      constructor() {
        super({ name: "own" } as Broker, { now: () => 8 });
      }
    }
    @Module({
      providers: [Child, Grandchild, Own, { provide: ClockToken, useValue: { now: () => 7 } }],
    })
    class FamilyModule {}
    await withApp(FamilyModule, (app) => {
      for (const one of [app.get(Child), app.get(Grandchild)])
        expect([one.broker.name, one.clock.now()]).toEqual(["memory", 7]);
      expect(app.get(Own).broker.name).toBe("own");
    });
  });

  test("fields that nobody provides, or in a circle, are told with their path", async () => {
    @Injectable()
    class Lonely {
      readonly clock = inject(ClockToken);
    }
    @Injectable()
    class Outer {
      constructor(readonly lonely: Lonely) {}
    }
    @Module({ providers: [Outer, Lonely] })
    class LonelyModule {}
    expect(await faultsOf(LonelyModule)).toEqual([
      "Outer -> Lonely -> ClockToken: no provider; add ClockToken to the providers of the module, or import the module that exports it",
    ]);

    abstract class Egg {}
    @Injectable()
    class Hen {
      readonly egg = inject(Egg);
    }
    @Injectable()
    class WhiteEgg {
      readonly hen = inject(Hen);
    }
    @Service({ name: "farm" })
    class Farm {
      readonly hen = inject(Hen);
    }
    @Module({ services: [Farm], providers: [Hen, { provide: Egg, useClass: WhiteEgg }] })
    class FarmModule {}
    expect(await faultsOf(FarmModule)).toEqual([
      "Hen -> WhiteEgg -> Hen: they need each other in a circle; move what both need into a third class",
    ]);
  });

  test("a plugin's class may ask for contracts in its constructor, not in a field", async () => {
    @Injectable()
    class Hasty {
      readonly broker = inject(Broker);
    }
    @Module({
      providers: [Hasty],
      plugins: {
        registry: factory([Hasty], () => memoryRegistry()),
      },
    })
    class HastyModule {}
    expect(await faultsOf(HastyModule, { plugins: {} })).toEqual([
      "Hasty -> Broker: it is made by a plugin that has not been built yet; ask for it in the constructor, or among a factory's dependencies",
    ]);
  });

  test("whoever can see the context finds it, however it was injected", async () => {
    class Ways {
      readonly seen: (string | undefined)[] = [];
    }
    const seen = new Ways().seen;
    class CheckedClient extends Client<{ check(): Promise<void> }>("checked") {}
    const serve = async (Checked: new (...args: never[]) => object): Promise<void> => {
      Service({ name: "checked" })(Checked);
      @Module({ services: [Checked] })
      class CheckedModule {}
      await withApp(CheckedModule, (app) =>
        app.get(CheckedClient).check(undefined, { metadata: { way: Checked.name } }),
      );
    };
    class ByField {
      readonly #ambient = inject(Ambient);
      async check(): Promise<void> {
        seen.push(this.#ambient.current?.metadata["way"]);
      }
    }
    class ByConstructor {
      readonly #ambient: Ambient;
      constructor(ambient: Ambient) {
        this.#ambient = ambient;
      }
      async check(): Promise<void> {
        seen.push(this.#ambient.current?.metadata["way"]);
      }
    }
    Inject(Ambient)(ByConstructor, undefined, 0);
    class ByClient {
      readonly #client = inject(RpcClient);
      async check(): Promise<void> {
        const { call, newRequest } = this.#client;
        expect([typeof call, typeof newRequest]).toEqual(["function", "function"]);
        seen.push("ByClient");
      }
    }
    for (const Checked of [ByField, ByConstructor, ByClient]) {
      Handler()(Checked.prototype, "check", { value: Checked.prototype.check });
      await serve(Checked);
    }
    expect(seen).toEqual(["ByField", "ByConstructor", "ByClient"]);
  });

  test("a class that is no client, where one is wanted", async () => {
    @Module({})
    class Empty {}
    const { app } = virtualApp(Empty);
    await app.start();
    expect(() => app.get(Greeter)).toThrow("Greeter: no provider");
    await app.stop();
  });
});
