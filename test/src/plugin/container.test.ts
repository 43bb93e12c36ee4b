import { describe, expect, test } from "@jest/globals";
import { choiceName, factory, isPlugin } from "../../../src/plugin/choice.js";
import {
  Container,
  dependenciesOf,
  inject,
  injectedTokens,
  type Class,
} from "../../../src/plugin/container.js";
import { definePlugin } from "../../../src/plugin/plugin.js";

abstract class Clock {
  abstract now(): number;
}
class Config {
  readonly zone = "a";
}

/** Writes what a compiler would emit. */
const emitted = (Class: Class<unknown>, ...types: unknown[]): void =>
  Reflect.defineMetadata("design:paramtypes", types, Class);

describe("what a constructor asks for", () => {
  test("is what the compiler emitted, and what is named by hand", () => {
    class Shop {
      constructor(
        readonly clock: Clock,
        readonly config: Config,
      ) {}
    }
    emitted(Shop, Object, Config);
    Reflect.defineMetadata(injectedTokens, { 0: Clock }, Shop);
    expect(dependenciesOf(Shop)).toEqual([{ token: Clock }, { token: Config }]);
  });

  test("may be missing: nothing emitted, or a type that is gone at run time", () => {
    class Bare {
      constructor(readonly clock: Clock) {}
    }
    expect(dependenciesOf(Bare)).toEqual([{ missing: "no-metadata", index: 0 }]);
    class Erased {
      constructor(
        readonly name: string,
        readonly list: readonly string[],
        readonly undefinedYet: unknown,
      ) {}
    }
    emitted(Erased, String, Array, undefined);
    expect(dependenciesOf(Erased)).toEqual([
      { missing: "not-a-class", index: 0 },
      { missing: "not-a-class", index: 1 },
      { missing: "not-a-class", index: 2 },
    ]);
  });

  test("may be nothing, or what the parent's constructor asks for", () => {
    class Parent {
      constructor(readonly config: Config) {}
    }
    emitted(Parent, Config);
    class Heir extends Parent {}
    class Own extends Parent {
      constructor() {
        super(new Config());
      }
    }
    emitted(Own);
    expect(dependenciesOf(Config)).toEqual([]);
    expect(dependenciesOf(Heir)).toEqual([{ token: Config }]);
    expect(dependenciesOf(Own)).toEqual([]);
  });
});

describe("a container", () => {
  test("makes a class once, with what it asks for", () => {
    const container = Container.create();
    class Shop {
      constructor(readonly config: Config) {}
    }
    emitted(Shop, Config);
    container.bindClass(Config, Config);
    container.bindClass(Shop, Shop);
    const shop = container.resolve(Shop);
    expect(shop.config).toBe(container.resolve(Config));
    expect(container.resolve(Shop)).toBe(shop);
  });

  test("fills fields that inject", () => {
    const container = Container.create();
    class Shop {
      readonly config = inject(Config);
      readonly nested = inject(Inner);
    }
    class Inner {
      readonly config = inject(Config);
    }
    container.bindClass(Config, Config);
    container.bindClass(Inner, Inner);
    container.bindClass(Shop, Shop);
    const shop = container.resolve(Shop);
    expect(shop.nested.config).toBe(shop.config);
    expect(() => inject(Config)).toThrow(/inject\(Config\) works only while the container makes/);
  });

  test("does not take part in what is made after a failure", () => {
    const container = Container.create();
    class Broken {
      constructor() {
        throw new Error("no disk");
      }
    }
    container.bindClass(Broken, Broken);
    expect(() => container.resolve(Broken)).toThrow("no disk");
    expect(() => inject(Config)).toThrow(/works only while/);
  });

  test("says who is missing, and to whom", () => {
    const container = Container.create();
    class Shop {
      constructor(readonly clock: Clock) {}
    }
    emitted(Shop, Clock);
    container.bindClass(Shop, Shop);
    expect(() => container.resolve(Clock)).toThrow(/Clock: no provider; add/);
    expect(() => container.resolve(Shop)).toThrow(/Shop -> Clock: no provider/);
    class Unknown {
      constructor(readonly name: string) {}
    }
    container.bindClass(Unknown, Unknown);
    expect(() => container.resolve(Unknown)).toThrow(/constructor parameter 1 has no token/);
  });

  test("says who needs whom in a circle", () => {
    const container = Container.create();
    class Hen {
      readonly egg: unknown = inject(Egg);
    }
    class Egg {
      readonly hen: unknown = inject(Hen);
    }
    container.bindClass(Hen, Hen);
    container.bindClass(Egg, Egg);
    expect(() => container.resolve(Hen)).toThrow(/Hen -> Egg -> Hen/);
    expect(() => container.resolve(Egg)).toThrow(/Egg -> Hen -> Egg/);
  });

  test("asks who may know a missing one, and keeps the answer for all", () => {
    const root = Container.create();
    const [one, other] = [root.child(), root.child()];
    const asked: string[] = [];
    root.onMissing((token) => {
      asked.push(token.name);
      return token === Config ? new Config() : undefined;
    });
    expect(one.resolve(Config)).toBe(other.resolve(Config));
    expect(() => one.resolve(Clock)).toThrow(/no provider/);
    expect(asked).toEqual(["Config", "Clock"]);
  });

  test("sees what its parent has, and links to what others have", () => {
    const root = Container.create();
    const [one, other] = [root.child(), root.child()];
    const clock: Clock = { now: () => 1 };
    root.bindValue(Clock, clock);
    one.bindClass(Config, Config);
    expect(one.resolve(Clock)).toBe(clock);
    expect([one.has(Config), root.has(Config), other.has(Config)]).toEqual([true, false, false]);
    other.bindLink(Config, one);
    expect(other.resolve(Config)).toBe(one.resolve(Config));
  });

  test("of one app does not see another's", () => {
    const [one, other] = [Container.create(), Container.create()];
    one.bindClass(Config, Config);
    expect(other.has(Config)).toBe(false);
  });

  test("tells that something comes later", () => {
    const container = Container.create();
    container.bindLater(Clock, "it is being wound");
    expect(() => container.resolve(Clock)).toThrow("Clock: it is being wound");
    container.bindValue(Clock, { now: () => 2 });
    expect(container.resolve(Clock).now()).toBe(2);
  });
});

describe("a choice of a plugin", () => {
  const plugin = definePlugin(Clock, "quartz", () => ({ now: () => 1 }));

  test("is told apart from the others, and has a name", () => {
    const choices = [plugin, Config, { useValue: plugin }, factory([Config], () => 1), null];
    expect(choices.map(isPlugin)).toEqual([true, false, false, false, false]);
    expect(choiceName(plugin)).toBe("quartz");
    expect(choiceName(Config)).toBe("Config");
    expect(choiceName({ useValue: { name: "own" } })).toBe("own");
    expect(choiceName({ useValue: {} })).toBe("a value");
    expect(choiceName(factory([], () => 1))).toBe("a factory");
  });

  test("does nothing until it is created", () => {
    expect(plugin).toMatchObject({ token: Clock, name: "quartz", needs: [] });
    expect(
      definePlugin(Clock, "atomic", (_environment, config) => config as never, [Config]),
    ).toMatchObject({ needs: [Config] });
  });
});
