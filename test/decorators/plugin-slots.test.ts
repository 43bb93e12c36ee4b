import { describe, expect, test } from "@jest/globals";
import {
  Broker,
  Client,
  factory,
  Handler,
  Injectable,
  Module,
  Registry,
  RpcService,
  Selector,
  Service,
  type Plugins,
} from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { jsonCodec } from "plugboard/plugins/codec/json";
import { memoryRegistry } from "plugboard/plugins/registry/memory";
import { roundRobinSelector } from "plugboard/plugins/selector/round-robin";
import {
  definePlugin,
  type AttemptOutcome,
  type SelectNext,
  type SelectOptions,
  type ServiceNode,
} from "plugboard/spi";
import { faultsOf, withApp, type Place } from "./start-app.js";

const inMemory: Plugins = { registry: memoryRegistry(), broker: memoryBroker() };
/** The module has the word on every slot. */
const free = { plugins: {} };

@Injectable()
class Config {
  readonly zone = "north";
}

/** A selector made by the container, around one of the strategies. */
@Injectable()
class OwnSelector implements Selector {
  readonly name = "own";
  readonly zone: string;
  constructor(config: Config, registry: Registry) {
    this.zone = `${config.zone} of ${registry.name}`;
  }
  select(_service: string, _options?: SelectOptions): SelectNext | Promise<SelectNext> {
    throw new Error(`not asked in ${this.zone}`);
  }
  mark(_service: string, _node: ServiceNode, _outcome: AttemptOutcome): void {}
  reset(): void {}
  async close(): Promise<void> {}
}

/** What the line that says an app is ready tells of its plugins. */
async function banner(
  Module: new () => object,
  place: Place = free,
): Promise<Readonly<Record<string, string>>> {
  return withApp(
    Module,
    (app, { logs }) => {
      const lines = logs.filter(({ message }) => message.includes("is ready on"));
      expect(lines).toHaveLength(1);
      expect(lines[0]?.message).toBe(`${Module.name} is ready on ${app.address}`);
      return lines[0]?.fields?.["plugins"] as Readonly<Record<string, string>>;
    },
    place,
  );
}

describe("a slot takes", () => {
  test("a plugin; what nobody says is a default; the banner says which and why", async () => {
    @Module({ plugins: { ...inMemory, codec: [jsonCodec()] } })
    class Laptop {}
    expect(await banner(Laptop)).toEqual({
      transport: "http (default)",
      codec: "json (Laptop)",
      registry: "memory (Laptop)",
      selector: "power-of-two (default)",
      broker: "memory (Laptop)",
      client: "mucp (default)",
      server: "mucp (default)",
      service: "service (default)",
    });
  });

  test("a class, which the container makes", async () => {
    @Module({ providers: [Config], plugins: { ...inMemory, selector: OwnSelector } })
    class WithClass {}
    await withApp(
      WithClass,
      (app) => {
        const selector = app.get(Selector);
        expect(selector).toBeInstanceOf(OwnSelector);
        expect((selector as OwnSelector).zone).toBe("north of memory");
      },
      free,
    );
    expect(await banner(WithClass)).toMatchObject({ selector: "OwnSelector (WithClass)" });
  });

  test("a finished object", async () => {
    const selector = new OwnSelector(new Config(), { name: "x" } as Registry);
    @Module({ plugins: { ...inMemory, selector: { useValue: selector } } })
    class WithValue {}
    await withApp(WithValue, (app) => expect(app.get(Selector)).toBe(selector), free);
    expect(await banner(WithValue)).toMatchObject({ selector: "own (WithValue)" });
  });

  test("a factory of an object or of a plugin, async or not, with its dependencies", async () => {
    let made = 0;
    abstract class Late {
      abstract readonly zone: string;
    }
    @Module({
      providers: [
        Config,
        {
          provide: Late,
          useFactory: factory([Config], async ({ zone }) => Promise.resolve({ zone })),
        },
      ],
      plugins: {
        registry: factory([Late], async ({ zone }) => {
          made++;
          expect(zone).toBe("north");
          return Promise.resolve(memoryRegistry());
        }),
        broker: factory([Registry], (registry) => {
          expect(registry.name).toBe("memory");
          return memoryBroker();
        }),
        selector: factory(
          [Config, Registry],
          (config, registry) => new OwnSelector(config, registry),
        ),
      },
    })
    class WithFactories {}
    await withApp(
      WithFactories,
      (app) => {
        expect(app.get(Registry).name).toBe("memory");
        expect(app.get(Broker).name).toBe("memory");
        expect(app.get(Selector)).toBeInstanceOf(OwnSelector);
        expect(made).toBe(1);
      },
      free,
    );
    expect(await banner(WithFactories)).toMatchObject({
      registry: "memory (WithFactories)",
      selector: "own (WithFactories)",
    });
  });

  test("only what can be made: a plugin class without metadata says which parameter", async () => {
    class Plain {
      constructor(readonly zone: string) {}
    }
    @Module({ plugins: { ...inMemory, selector: Plain as unknown as new () => Selector } })
    class WithPlain {}
    expect(await faultsOf(WithPlain, free)).toEqual([
      "WithPlain cannot start:",
      "Selector -> Plain: Plain is not decorated; add @Injectable() to it",
    ]);
  });
});

describe("who has the word", () => {
  const broker = definePlugin(Broker, "special", (environment) =>
    memoryBroker().create(environment),
  );

  @Module({ plugins: { ...inMemory, selector: roundRobinSelector() } })
  class Production {}

  test("the importing module", async () => {
    @Module({ imports: [Production], plugins: { broker } })
    class Laptop {}
    expect(await banner(Laptop)).toMatchObject({
      registry: "memory (Production)",
      selector: "round-robin (Production)",
      broker: "special (Laptop)",
    });
  });

  test("createApp's settings, before any module", async () => {
    expect(await banner(Production, { plugins: { broker } })).toMatchObject({
      registry: "memory (Production)",
      broker: "special (createApp)",
    });
  });

  test("nobody, when two imports disagree; the importer settles it", async () => {
    @Module({ plugins: { broker } })
    class Other {}
    @Module({ imports: [Production, Other] })
    class Torn {}
    expect(await faultsOf(Torn, free)).toEqual([
      "Torn cannot start:",
      "Torn imports Production and Other, which choose different plugins for broker; say which in the plugins of Torn",
    ]);
    @Module({ imports: [Production, Other], plugins: { broker } })
    class Settled {}
    expect(await banner(Settled)).toMatchObject({ broker: "special (Settled)" });
  });

  test("both, when two imports agree", async () => {
    @Module({ plugins: { broker } })
    class One {}
    @Module({ plugins: { broker } })
    class Other {}
    @Module({ imports: [Production], plugins: { broker } })
    class Deep {}
    @Module({ imports: [One, Other, Deep] })
    class Agreed {}
    expect(await banner(Agreed)).toMatchObject({ broker: "special (One)" });
  });

  test("two modules of one name are still two", async () => {
    const twin = (plugins: Plugins): new () => object => {
      @Module({ plugins })
      class Twin {}
      return Twin;
    };
    @Module({ imports: [twin({ broker }), twin({ broker: memoryBroker() })] })
    class Torn {}
    expect(await faultsOf(Torn, free)).toEqual([
      "Torn cannot start:",
      "Torn imports Twin and Twin, which choose different plugins for broker; say which in the plugins of Torn",
    ]);
  });

  @Module({ plugins: { broker } })
  class Shipped {}

  test("the environment, before all code", async () => {
    const variables = { MICRO_REGISTRY: "memory", MICRO_BROKER: "memory", MICRO_SELECTOR: "" };
    expect(await banner(Shipped, { variables, plugins: { broker } })).toMatchObject({
      registry: "memory (MICRO_REGISTRY=memory)",
      broker: "memory (MICRO_BROKER=memory)",
      selector: "power-of-two (default)",
    });
  });

  test("a flag, before the environment; flags of the app's own are left alone", async () => {
    const place = {
      ...free,
      variables: { MICRO_REGISTRY: "none-such", MICRO_SELECTOR: "random" },
      args: ["serve", "--port=1", "--registry=memory", "--selector", "round-robin", "--verbose"],
    };
    expect(await banner(Shipped, place)).toMatchObject({
      registry: "memory (--registry=memory)",
      broker: "special (Shipped)",
      selector: "round-robin (--selector=round-robin)",
    });
  });

  test("nobody, for a name that is no plugin's", async () => {
    const [absent] = await faultsOf(Shipped, { ...free, args: ["--registry=@none/such"] });
    expect(absent).toContain(
      'no plugin "@none/such" for registry: neither plugboard/plugins/registry/@none/such nor an installed package of that name (Cannot find module',
    );
    for (const path of ["../broker/memory", "/etc/passwd", "file:///x.js"]) {
      const [outside] = await faultsOf(Shipped, { ...free, variables: { MICRO_REGISTRY: path } });
      expect(outside).toBe(
        `no plugin "${path}" for registry: neither plugboard/plugins/registry/${path} nor an installed package of that name`,
      );
    }
    expect(await faultsOf(Shipped, { ...free, args: ["--registry"] })).toEqual([
      "--registry needs a value",
    ]);
  });

  test("nobody, for an installed package that is no plugin, or one for another slot", async () => {
    const say = async (name: string): Promise<readonly string[]> =>
      faultsOf(Shipped, { ...free, variables: { MICRO_REGISTRY: name } });
    expect(await say("@jest/globals")).toEqual([
      "@jest/globals has no export fromSettings that makes a plugin from settings",
    ]);
    expect(await say("plugboard/plugins/broker/memory")).toEqual([
      "MICRO_REGISTRY=plugboard/plugins/broker/memory: plugboard/plugins/broker/memory is a plugin for Broker, not for Registry",
    ]);
  });

  test("an address means the default plugin, and is refused where code has chosen another", async () => {
    @Module({ plugins: { broker } })
    class Open {}
    const registry = { MICRO_TRANSPORT_ADDRESS: "127.0.0.1:1", MICRO_REGISTRY: "memory" };
    expect(await banner(Open, { ...free, variables: registry })).toMatchObject({
      transport: "http (MICRO_TRANSPORT_ADDRESS=127.0.0.1:1)",
    });
    const variables = { MICRO_REGISTRY: "memory", MICRO_BROKER_ADDRESS: "127.0.0.1:1" };
    expect(await faultsOf(Shipped, { ...free, variables })).toEqual([
      "MICRO_BROKER_ADDRESS needs MICRO_BROKER, which says whose address it is",
    ]);
  });
});

describe("MICRO_SERVER_NAME", () => {
  @Service({ name: "greeter" })
  class Greeter {
    @Handler()
    async hello(): Promise<{ text: string }> {
      return { text: "hello" };
    }
  }
  class RenamedClient extends Client<Greeter>("welcomer") {}
  const variables = { MICRO_SERVER_NAME: "welcomer" };

  test("renames the only service of an app", async () => {
    @Module({ services: [Greeter] })
    class One {}
    await withApp(
      One,
      async (app, { logs }) => {
        expect(app.services).toEqual(["welcomer"]);
        expect(app.get(RpcService).name).toBe("welcomer");
        expect(await app.get(RenamedClient).hello()).toEqual({ text: "hello" });
        expect(logs.filter(({ level }) => level === "warn")).toEqual([]);
      },
      { variables },
    );
  });

  test("cannot rename several, and says so", async () => {
    @Service({ name: "second" })
    class Second {}
    @Module({ services: [Greeter, Second] })
    class Two {}
    await withApp(
      Two,
      (app, { logs }) => {
        expect(app.services).toEqual(["greeter", "second"]);
        expect(logs).toContainEqual(
          expect.objectContaining({
            level: "warn",
            message: "MICRO_SERVER_NAME is not used: Two has several services",
          }),
        );
      },
      { variables },
    );
  });
});
