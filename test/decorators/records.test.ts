import { describe, expect, test } from "@jest/globals";
import {
  Client,
  Handler,
  Inject,
  inject,
  Module,
  Publisher,
  Service,
  Subscribe,
  topic,
  Use,
  type Event,
  type Interceptor,
} from "plugboard";
import { faultsOf, withApp } from "./start-app.js";

const Happened = topic<{ n: number }>("happened");
class HappenedPublisher extends Publisher(Happened) {}

const trail: string[] = [];
const trace =
  (name: string): Interceptor =>
  (next) =>
  (call) => {
    trail.push(name);
    return next(call);
  };

describe("what decorators record of a class", () => {
  @Service({ name: "plain", version: "1.2.3", metadata: { zone: "north" } })
  class Plain {
    @Handler({ doc: "Says something.", idempotent: true })
    async say(request: { text: string }): Promise<{ said: string }> {
      return { said: `${this.constructor.name} says ${request.text}` };
    }

    @Handler({ name: "Renamed" })
    async other(): Promise<{ ok: boolean }> {
      return { ok: true };
    }

    @Handler({ name: "RenamedStream" })
    async *others(): AsyncIterable<{ ok: boolean }> {
      yield { ok: true };
    }
  }
  class PlainClient extends Client<Plain>("plain") {}

  @Module({ services: [Plain] })
  class PlainModule {}

  test("a handler is reachable as Class.Method, and by the method's name through a typed client", () =>
    withApp(PlainModule, async (app) => {
      const plain = app.get(PlainClient);
      expect(await plain.say({ text: "hi" })).toEqual({ said: "Plain says hi" });
      expect(app.services).toEqual(["plain"]);
    }));

  test("a handler with another name on the wire keeps its method's name in the typed client", () =>
    withApp(PlainModule, async (app) => {
      const plain = app.get(PlainClient);
      expect(await plain.other()).toEqual({ ok: true });
      for await (const item of plain.others()) expect(item).toEqual({ ok: true });
    }));

  @Service({ name: "child" })
  class Child extends Plain {
    // Without a decorator of its own: still the parent's handler, with the child's body.
    override async say(request: { text: string }): Promise<{ said: string }> {
      const { said } = await super.say(request);
      return { said: `${said}!` };
    }
    @Handler()
    async added(): Promise<{ ok: boolean }> {
      return { ok: true };
    }
  }
  class ChildClient extends Client<Child>("child") {}

  @Module({ services: [Child] })
  class ChildModule {}

  test("a subclass serves its parent's handlers under its own name", () =>
    withApp(ChildModule, async (app) => {
      const child = app.get(ChildClient);
      expect(await child.say({ text: "hi" })).toEqual({ said: "Child says hi!" });
      expect(await child.added()).toEqual({ ok: true });
      expect(await child.other()).toEqual({ ok: true });
    }));

  test("a subclass needs a @Service of its own", async () => {
    class Grandchild extends Child {}
    @Module({ services: [Grandchild] })
    class GrandchildModule {}
    expect(await faultsOf(GrandchildModule)).toEqual([
      "GrandchildModule cannot start:",
      "GrandchildModule.services: Grandchild has no @Service(); a helper belongs into `providers`",
    ]);
  });

  test("a subclass's @Subscribe takes the place of its parent's; two topics on one method both stay", async () => {
    const seen: string[] = [];
    const Also = topic<{ n: number }>("also");
    class AlsoPublisher extends Publisher(Also) {}

    @Service({ name: "parent" })
    class Parent {
      @Subscribe(Happened)
      @Subscribe(Also)
      async note(event: Event<{ n: number }>): Promise<void> {
        seen.push(`${this.constructor.name} ${event.topic} ${event.data.n}`);
      }
    }
    @Service({ name: "heir" })
    class Heir extends Parent {
      @Subscribe(Happened)
      override async note(event: Event<{ n: number }>): Promise<void> {
        return super.note(event);
      }
    }
    @Module({ services: [Parent, Heir] })
    class Both {}
    await withApp(Both, async (app, world) => {
      await app.get(HappenedPublisher).publish({ n: 1 });
      await app.get(AlsoPublisher).publish({ n: 2 });
      await world.clock.settle();
    });
    expect(seen.toSorted()).toEqual(["Heir happened 1", "Parent also 2", "Parent happened 1"]);
  });

  test("interceptors: app, then parent class, class, parent's method, method; first listed outermost", async () => {
    @Use(trace("parent"))
    class Base {
      @Use(trace("base method"))
      async work(): Promise<{ ok: boolean }> {
        return { ok: true };
      }
    }
    @Service({ name: "worker" })
    @Use(trace("first of class"), trace("second of class"))
    @Use(trace("third of class"))
    class Worker extends Base {
      @Use(trace("first of method"), trace("second of method"))
      @Handler()
      override async work(): Promise<{ ok: boolean }> {
        trail.push("handler");
        return super.work();
      }
      @Handler()
      async rest(): Promise<{ ok: boolean }> {
        return { ok: true };
      }
      @Subscribe(Happened)
      @Use(trace("subscriber"))
      async listen(event: Event<{ n: number }>): Promise<void> {
        trail.push(`event ${event.data.n}`);
      }
    }
    class WorkerClient extends Client<Worker>("worker") {}
    @Module({ interceptors: [trace("imported app")] })
    class Imported {}
    @Module({
      imports: [Imported],
      services: [Worker],
      interceptors: [trace("first of app"), trace("second of app")],
      clientInterceptors: [trace("client")],
    })
    class WorkerModule {}

    await withApp(WorkerModule, async (app, world) => {
      trail.length = 0;
      await app.get(WorkerClient).work();
      const around = [
        "first of app",
        "second of app",
        "imported app",
        "parent",
        "first of class",
        "second of class",
        "third of class",
      ];
      expect(trail).toEqual([
        "client",
        ...around,
        "base method",
        "first of method",
        "second of method",
        "handler",
      ]);
      trail.length = 0;
      await app.get(WorkerClient).rest();
      expect(trail).toEqual(["client", ...around]);
      trail.length = 0;
      await app.get(HappenedPublisher).publish({ n: 7 });
      await world.clock.settle();
      expect(trail).toEqual([...around, "subscriber", "event 7"]);
    });
  });
});

describe("what decorators refuse at once", () => {
  test("a service without a name", () => {
    expect(() => Service({ name: "" })(class Nameless {})).toThrow(
      '@Service of Nameless needs a name: @Service({ name: "greeter" })',
    );
  });

  test("static methods, which no instance has", () => {
    const declare = (decorator: string, apply: (target: object) => void): void => {
      class Static {}
      expect(() => apply(Static)).toThrow(
        `Static.create is static; ${decorator} belongs on methods of instances`,
      );
    };
    const descriptor = { value: async () => undefined };
    declare("@Handler", (target) => Handler()(target, "create", descriptor));
    declare("@Subscribe", (target) => Subscribe(Happened)(target, "create", descriptor));
    declare("@Use", (target) => Use(trace("x"))(target, "create"));
  });

  test("@Handler twice on one method", () => {
    expect(() => {
      class Twice {
        @Handler({ name: "A" })
        @Handler({ name: "B" })
        async once(): Promise<void> {}
      }
      return Twice;
    }).toThrow("Twice.once has @Handler twice");
  });

  test("what a circle of files left undefined", () => {
    const absent = undefined as never;
    const circle = /does not exist yet when this line runs; check for files that import each other/;
    class Listener {}
    expect(() => Inject(absent)(Listener, undefined, 0)).toThrow("@Inject(undefined) of Listener");
    expect(() => Inject(absent)(Listener, undefined, 0)).toThrow(circle);
    expect(() => inject(absent)).toThrow(circle);
    expect(() =>
      Subscribe(absent)(Listener.prototype, "listen", { value: async () => undefined }),
    ).toThrow("@Subscribe(undefined) of Listener.listen");
  });

  test("client and publisher classes are not for `new`", () => {
    class GreeterClient extends Client<{ hello(): Promise<void> }>("greeter") {}
    expect(() => new GreeterClient()).toThrow("GreeterClient is made by the container");
    expect(() => new HappenedPublisher()).toThrow("HappenedPublisher is made by the container");
  });
});
