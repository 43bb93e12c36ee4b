import { describe, expect, test } from "@jest/globals";
import { Client, Handler, Module, Service } from "plugboard";
import { faultsOf, withApp } from "./start-app.js";

const undecorated = (name: string): string =>
  `${name} is neither @Handler, @Subscribe nor a hook; callers would see it in their typed client. Decorate it, make it #private, or move it to a provider`;

describe("every public method of a service is a handler, a subscriber or a hook", () => {
  test("getters, setters, fields and #private methods are fine; hooks as well", async () => {
    const turns: string[] = [];

    @Service({ name: "tidy" })
    class Tidy {
      static create = (): Tidy => new Tidy();
      readonly #started = 7;
      handlers = 0;
      get started(): number {
        return this.#started;
      }
      set started(_value: number) {
        this.handlers++;
      }
      @Handler()
      async ask(): Promise<{ answer: number }> {
        return { answer: this.#secret() };
      }
      #secret(): number {
        return this.started * 6;
      }
      onStart(): void {
        turns.push("start");
      }
      onReady(): void {
        turns.push("ready");
      }
      async onDrain(): Promise<void> {
        turns.push("drain");
      }
      onStop(): void {
        turns.push("stop");
      }
      [Symbol.dispose](): void {
        turns.push("never");
      }
    }
    class TidyClient extends Client<Tidy>("tidy") {}
    @Module({ services: [Tidy] })
    class TidyModule {}
    await withApp(TidyModule, async (app) => {
      expect(await app.get(TidyClient).ask()).toEqual({ answer: 42 });
    });
    expect(turns).toEqual(["start", "ready", "drain", "stop"]);
  });

  test("others are refused by class and name, inherited ones too, all at once", async () => {
    class Base {
      inherited(): void {}
    }
    @Service({ name: "untidy" })
    class Untidy extends Base {
      @Handler()
      async ask(): Promise<void> {}
      async forgotten(): Promise<void> {}
      // The compiler's `private` ends with the compiler.
      private helper(): void {
        this.helper();
      }
    }
    @Service({ name: "second" })
    class Second {
      also(): void {}
    }
    @Module({ services: [Untidy, Second] })
    class UntidyModule {}
    expect(await faultsOf(UntidyModule)).toEqual([
      "UntidyModule cannot start:",
      undecorated("Untidy.forgotten"),
      undecorated("Untidy.helper"),
      undecorated("Untidy.inherited"),
      undecorated("Second.also"),
    ]);
  });

  test("names that JavaScript or the framework asks objects for are refused", async () => {
    const reserved = ["then", "catch", "finally", "toJSON", "toString", "onStop", "dispose"];
    const marker = Symbol("mark");
    class Thenable {}
    for (const name of [...reserved, marker])
      Object.defineProperty(Thenable.prototype, name, { value: async () => undefined });
    for (const name of [...reserved, marker])
      Handler()(Thenable.prototype, name, { value: async () => undefined });
    Service({ name: "thenable" })(Thenable);
    @Module({ services: [Thenable] })
    class ThenableModule {}
    expect(await faultsOf(ThenableModule)).toEqual([
      "ThenableModule cannot start:",
      ...reserved.map(
        (name) =>
          `Thenable.${name}: no handler can be named "${name}", since JavaScript or the framework itself asks objects for it`,
      ),
      "Thenable: a handler is named by a text, not by Symbol(mark)",
    ]);
  });

  test("two handlers of one name on the wire are refused", async () => {
    @Service({ name: "twins" })
    class Twins {
      @Handler({ name: "Same" })
      async one(): Promise<void> {}
      @Handler({ name: "Same" })
      async two(): Promise<void> {}
    }
    @Module({ services: [Twins] })
    class TwinsModule {}
    expect(await faultsOf(TwinsModule)).toEqual([
      "endpoint Twins.Same of service twins is defined twice; give one another `name`",
    ]);
  });
});
