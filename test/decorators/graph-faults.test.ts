import { describe, expect, test } from "@jest/globals";
import {
  Broker,
  Client,
  factory,
  Handler,
  Inject,
  Injectable,
  Module,
  Registry,
  Selector,
  Service,
  type Plugin,
} from "plugboard";
import { definePlugin } from "plugboard/spi";
import { faultsOf } from "./start-app.js";

const absent = undefined as never;
const notThereYet =
  "what is named does not exist yet when this line runs; check for files that import each other in a circle";
const circular = "they need each other in a circle; move what both need into a third class";

@Injectable()
class SystemClock {
  now = (): number => 0;
}
/** Token that nobody provides. */
abstract class Clock {
  abstract now(): number;
}

/** The faults of a module, without the line that says which module. */
async function faults(Module: new () => object): Promise<readonly string[]> {
  const [first, ...rest] = await faultsOf(Module);
  expect(first).toBe(`${Module.name} cannot start:`);
  return rest;
}

describe("missing providers", () => {
  test("are named with the path to them, and with what may have been meant", async () => {
    @Injectable()
    class Diary {
      constructor(readonly clock: Clock) {}
    }
    @Service({ name: "web" })
    class Web {
      constructor(
        readonly diary: Diary,
        readonly clock: Clock,
      ) {}
    }
    @Module({ services: [Web], providers: [Diary, SystemClock] })
    class WebModule {}
    expect(await faults(WebModule)).toEqual([
      "Web -> Diary -> Clock: no provider; add Clock to the providers of WebModule, or did you mean SystemClock?",
      "Web -> Clock: no provider; add Clock to the providers of WebModule, or did you mean SystemClock?",
    ]);
  });

  test("nothing is suggested where nothing is near", async () => {
    @Injectable()
    class Ledger {
      constructor(readonly clock: Clock) {}
    }
    @Module({ providers: [Ledger] })
    class LedgerModule {}
    expect(await faults(LedgerModule)).toEqual([
      "Ledger -> Clock: no provider; add Clock to the providers of LedgerModule",
    ]);
  });

  test("a class loaded twice is recognised by its name", async () => {
    const load = (): new () => object => {
      @Injectable()
      class Config {}
      return Config;
    };
    const [One, Other] = [load(), load()];
    @Injectable()
    class Reader {
      constructor(@Inject(Other) readonly config: object) {}
    }
    @Module({ providers: [One, Reader] })
    class ReaderModule {}
    expect(await faults(ReaderModule)).toEqual([
      "Reader -> Config: no provider; add Config to the providers of ReaderModule; ReaderModule provides another class of that name: was its file loaded twice?",
    ]);
  });

  test("what a module keeps to itself is said to be private", async () => {
    @Module({ providers: [SystemClock] })
    class TimeModule {}
    @Injectable()
    class Diary {
      constructor(readonly clock: SystemClock) {}
    }
    @Module({ imports: [TimeModule], providers: [Diary] })
    class DiaryModule {}
    expect(await faults(DiaryModule)).toEqual([
      "Diary -> SystemClock: private to TimeModule; add it to the exports of TimeModule",
    ]);

    @Module({ imports: [TimeModule] })
    class Between {}
    @Module({ imports: [Between], providers: [Diary] })
    class FarModule {}
    expect(await faults(FarModule)).toEqual([
      "Diary -> SystemClock: TimeModule provides it; import TimeModule into FarModule, and export it there",
    ]);
  });

  test("a factory's dependencies count as well", async () => {
    @Module({
      providers: [{ provide: SystemClock, useFactory: factory([Clock], (clock) => clock) }],
    })
    class FactoryModule {}
    expect(await faults(FactoryModule)).toEqual([
      "SystemClock -> Clock: no provider; add Clock to the providers of FactoryModule",
    ]);
  });
});

describe("circles", () => {
  test("of classes are printed once, as a circle", async () => {
    abstract class Egg {}
    @Injectable()
    class Hen {
      constructor(@Inject(Egg) readonly egg: object) {}
    }
    @Injectable()
    class WhiteEgg {
      constructor(readonly hen: Hen) {}
    }
    @Service({ name: "farm" })
    class Farm {
      constructor(readonly hen: Hen) {}
    }
    @Module({ services: [Farm], providers: [Hen, { provide: Egg, useClass: WhiteEgg }] })
    class FarmModule {}
    expect(await faults(FarmModule)).toEqual([`Hen -> Egg -> Hen: ${circular}`]);
  });

  test("two classes of one name are no circle", async () => {
    const older = (): new () => object => {
      @Injectable()
      class Config {}
      return Config;
    };
    const Older = older();
    @Injectable()
    class Config {
      constructor(@Inject(Older) readonly older: object) {}
    }
    @Module({ providers: [Config, Older] })
    class ConfigModule {}
    @Module({ imports: [ConfigModule] })
    class Outer {
      static again = ConfigModule;
    }
    await expect(faultsOf(Outer)).rejects.toThrow("Outer started");
  });

  test("through a plugin are found, instead of waiting for ever", async () => {
    @Injectable()
    class Config {
      constructor(readonly broker: Broker) {}
    }
    @Module({
      providers: [Config],
      plugins: { broker: factory([Config], (config) => config.broker) },
    })
    class CircleModule {}
    expect(await faultsOf(CircleModule, { plugins: {} })).toEqual([
      "CircleModule cannot start:",
      `Broker -> Config -> Broker: ${circular}`,
    ]);
  });

  test("through a client of the app itself are found", async () => {
    class GreeterClient extends Client<object>("greeter") {}
    @Module({ plugins: { registry: factory([GreeterClient], () => ({}) as Registry) } })
    class CircleModule {}
    expect(await faultsOf(CircleModule, { plugins: {} })).toEqual([
      "CircleModule cannot start:",
      `Registry -> GreeterClient -> Client -> Selector -> RegistryCache -> Registry: ${circular}`,
      `Registry -> GreeterClient -> Client -> Broker -> Registry: ${circular}`,
    ]);
  });

  test("of modules are printed", async () => {
    class First {}
    class Second {}
    Module({ imports: [Second] })(First);
    Module({ imports: [First] })(Second);
    expect(await faults(First)).toEqual([
      "First -> Second -> First: modules import each other in a circle",
    ]);
  });

  test("of files leave undefined classes behind, which is said wherever they are listed", async () => {
    @Service({ name: "web" })
    class Web {}
    @Module({
      imports: [absent],
      services: [absent, Web],
      providers: [
        absent,
        { provide: absent, useValue: 1 },
        { provide: Clock, useClass: absent },
        { provide: SystemClock, useFactory: factory([absent], () => new SystemClock()) },
      ],
      exports: [absent],
      plugins: { selector: factory([absent], () => ({}) as Selector), codec: [absent] },
    })
    class Early {}
    expect(await faults(Early)).toEqual([
      `Early -> undefined: ${notThereYet}`,
      `Early.services[0]: ${notThereYet}`,
      `Early.providers[0]: ${notThereYet}`,
      "Early.providers[1]: must be a class or { provide, useClass | useValue | useFactory } with a class as `provide`",
      `Early.providers[2]: ${notThereYet}`,
      `Codecs: a plugin of Early: ${notThereYet}`,
      `Selector -> undefined: ${notThereYet}`,
      `SystemClock -> undefined: ${notThereYet}`,
      `Early.exports: ${notThereYet}`,
    ]);
  });
});

describe("what is not decorated, or not a class at run time", () => {
  interface Options {
    readonly size: number;
  }

  test("an undecorated class with parameters", async () => {
    class Store {
      constructor(readonly clock: SystemClock) {}
    }
    @Service({ name: "shop" })
    class Shop {
      constructor(readonly store: Store) {}
    }
    @Module({ services: [Shop], providers: [Store, SystemClock] })
    class ShopModule {}
    expect(await faults(ShopModule)).toEqual([
      "Shop -> Store: Store is not decorated; add @Injectable() to it",
    ]);
  });

  test("parameters typed by an interface", async () => {
    @Service({ name: "shop" })
    class Shop {
      constructor(
        readonly clock: SystemClock,
        readonly options: Options,
      ) {}
    }
    @Module({ services: [Shop], providers: [SystemClock] })
    class ShopModule {}
    expect(await faults(ShopModule)).toEqual([
      "Shop: constructor parameter 2 has a type that does not exist at run time (an interface, a type, an `import type`, or a class of a file that imports this one in a circle); type it by a class, or add @Inject(Token)",
    ]);
  });

  test("a last parameter with a default value may be of any type", async () => {
    @Injectable()
    class Store {
      constructor(
        readonly clock: SystemClock,
        readonly options: Options = { size: 7 },
      ) {}
    }
    @Service({ name: "shop" })
    class Shop {
      constructor(readonly store: Store) {
        expect(store.options).toEqual({ size: 7 });
      }
    }
    @Module({ services: [Shop], providers: [Store, SystemClock] })
    class ShopModule {}
    await expect(faultsOf(ShopModule)).rejects.toThrow("ShopModule started");
  });

  test("modules and services without their decorators, or in each other's place", async () => {
    class NoModule {}
    class NoService {}
    @Service({ name: "web" })
    class Web {
      @Handler()
      async page(): Promise<void> {}
    }
    @Module({
      imports: [NoModule, Web, "text" as never],
      services: [NoService],
      providers: ["text" as never, null as never, { provide: Clock } as never],
    })
    class Mixed {}
    expect(await faults(Mixed)).toEqual([
      "Mixed -> NoModule: NoModule has no @Module()",
      "Mixed -> Web: a service is not imported; list it in `services`",
      "Mixed -> text: a module is a class",
      "Mixed.services: NoService has no @Service(); a helper belongs into `providers`",
      ...[0, 1, 2].map(
        (index) =>
          `Mixed.providers[${index}]: must be a class or { provide, useClass | useValue | useFactory } with a class as \`provide\``,
      ),
    ]);
  });

  test("the app's own module", async () => {
    class Plain {}
    expect(await faults(Plain)).toEqual(["Plain: Plain has no @Module()"]);
    expect(await faultsOf(absent)).toEqual([
      "undefined cannot start:",
      `undefined: ${notThereYet}`,
    ]);
  });
});

describe("exports and plugins", () => {
  test("an export of what is neither provided nor imported", async () => {
    class GreeterClient extends Client<object>("greeter") {}
    @Module({})
    class Elsewhere {}
    // Clients and contracts are everywhere; exporting them does no harm.
    @Module({ exports: [SystemClock, Elsewhere, GreeterClient, Broker] })
    class Generous {}
    @Module({ imports: [Generous], exports: [Generous] })
    class Passing {}
    expect(await faults(Passing)).toEqual([
      "Generous exports SystemClock and does not provide or import it",
      "Generous exports Elsewhere and does not provide or import it",
    ]);
  });

  test("a plugin class and a plugin's needs are checked like any other", async () => {
    @Injectable()
    class OwnSelector {
      constructor(readonly clock: Clock) {}
    }
    const needy: Plugin<Registry> = definePlugin(Registry, "needy", () => ({}) as Registry, [
      Clock,
    ]);
    @Module({
      plugins: { selector: OwnSelector as unknown as new () => Selector, registry: needy },
    })
    class PluginModule {}
    expect(await faultsOf(PluginModule, { plugins: {} })).toEqual([
      "PluginModule cannot start:",
      "Registry: the plugin needy needs Clock, which is no contract; use factory([Clock], ...)",
      "Selector -> OwnSelector -> Clock: no provider; add Clock to the providers of PluginModule",
    ]);
  });

  test("all faults are told at once", async () => {
    @Service({ name: "web" })
    class Web {
      constructor(readonly clock: Clock) {}
      loose(): void {}
    }
    @Module({ plugins: { broker: { useValue: {} as Broker } } })
    class One {}
    @Module({ plugins: { broker: { useValue: {} as Broker } } })
    class Other {}
    @Module({ imports: [One, Other, Web], services: [Web], exports: [SystemClock] })
    class Everything {}
    expect(await faultsOf(Everything, { plugins: {} })).toEqual([
      "Everything cannot start:",
      "Everything -> Web: a service is not imported; list it in `services`",
      "Everything imports One and Other, which choose different plugins for broker; say which in the plugins of Everything",
      "Web.loose is neither @Handler, @Subscribe nor a hook; callers would see it in their typed client. Decorate it, make it #private, or move it to a provider",
      "Web -> Clock: no provider; add Clock to the providers of Everything",
      "Everything exports SystemClock and does not provide or import it",
    ]);
  });
});
