import { describe, expect, test } from "@jest/globals";
import {
  Client,
  createApp,
  factory,
  Handler,
  inject,
  Module,
  Registry,
  run,
  Selector,
  Service,
  Transport,
} from "plugboard";
import { memoryBroker } from "plugboard/plugins/broker/memory";
import { memoryRegistry, memoryRegistryHub } from "plugboard/plugins/registry/memory";
import { definePlugin } from "plugboard/spi";
import { virtualWorld } from "../support/virtual-environment.js";
import { virtualApp, withApp } from "./start-app.js";

/** A service that writes its turns down; it may fail at one of them. */
function noting(name: string, turns: string[], failAt?: string): new () => object {
  const note = (turn: string): void => {
    turns.push(`${name} ${turn}`);
    if (turn === failAt) throw new Error(`${name} failed at ${turn}`);
  };
  @Service({ name })
  class Noting {
    async onStart(): Promise<void> {
      await Promise.resolve();
      note("start");
    }
    onReady(): void {
      note("ready");
    }
    async onDrain(): Promise<void> {
      await Promise.resolve();
      note("drain");
    }
    onStop(): void {
      note("stop");
    }
  }
  return Noting;
}

function moduleOf(...services: (new () => object)[]): new () => object {
  @Module({ services })
  class TestModule {}
  return TestModule;
}

describe("an app", () => {
  test("starts its services in order, imported ones first, and stops them in reverse", async () => {
    const turns: string[] = [];
    @Module({ services: [noting("a", turns)] })
    class Imported {}
    @Module({ imports: [Imported], services: [noting("b", turns), noting("c", turns)] })
    class Whole {}
    await withApp(Whole, () => {
      expect(turns.splice(0)).toEqual(["a start", "b start", "c start", "a ready", "b ready", "c ready"]); // prettier-ignore
    });
    expect(turns).toEqual(["c drain", "b drain", "a drain", "c stop", "b stop", "a stop"]);
  });

  test("tries every step of a stop, and tells all failures together", async () => {
    const turns: string[] = [];
    const { app } = virtualApp(
      moduleOf(noting("a", turns, "drain"), noting("b", turns, "drain"), noting("c", turns)),
    );
    await app.start();
    const stopping = app.stop();
    await expect(stopping).rejects.toThrow(AggregateError);
    await expect(stopping).rejects.toThrow("b failed at drain");
    await expect(stopping).rejects.toThrow("a failed at drain");
    expect(turns.slice(-3)).toEqual(["c stop", "b stop", "a stop"]);
    expect(app.stop()).toBe(stopping);
    await expect(app.stopped).rejects.toThrow(AggregateError);
  });

  test("is started once, stops once, and tells when it has stopped", async () => {
    const turns: string[] = [];
    const { app } = virtualApp(moduleOf(noting("a", turns)));
    expect(app.start()).toBe(app.start());
    expect(await app.start()).toBe(app);
    expect(await app.stop()).toEqual({ cut: 0 });
    expect(await app.stop()).toEqual({ cut: 0 });
    expect(await app.stopped).toEqual({ cut: 0 });
    expect(turns).toEqual(["a start", "a ready", "a drain", "a stop"]);
  });

  test("can be stopped before it was started", async () => {
    const turns: string[] = [];
    const { app } = virtualApp(moduleOf(noting("a", turns)));
    expect(await app.stop()).toEqual({ cut: 0 });
    await expect(app.start()).rejects.toMatchObject({ code: 503, reason: "service.stopped" });
    expect(turns).toEqual([]);
  });

  test("that is stopped while it is being built does not run", async () => {
    const turns: string[] = [];
    let release: () => void = () => undefined;
    const built = new Promise<void>((resolve) => (release = resolve));
    const { app } = virtualApp(moduleOf(noting("a", turns)), {
      plugins: {
        broker: memoryBroker(),
        registry: factory([], async () => {
          await built;
          return memoryRegistry();
        }),
      },
    });
    const starting = app.start();
    const stopping = app.stop();
    release();
    await expect(starting).rejects.toMatchObject({ reason: "service.stopped" });
    expect(await stopping).toEqual({ cut: 0 });
    expect(turns.filter((turn) => turn.endsWith("start"))).toEqual([]);
  });

  test("ends with its block: await using", async () => {
    const turns: string[] = [];
    {
      await using app = virtualApp(moduleOf(noting("a", turns))).app;
      await app.start();
    }
    expect(turns.at(-1)).toBe("a stop");
  });
});

describe("a start that fails", () => {
  test("in a hook: what had started is stopped, nothing listens, nothing is registered", async () => {
    const turns: string[] = [];
    const hub = memoryRegistryHub();
    const registered = (): readonly string[] => hub.services();
    for (const failAt of ["start", "ready"]) {
      const { app, environment, world } = virtualApp(
        moduleOf(noting("a", turns), noting("b", turns, failAt)),
        { plugins: { registry: memoryRegistry({ hub }), broker: memoryBroker() } },
      );
      await expect(app.start()).rejects.toThrow(`b failed at ${failAt}`);
      expect(registered()).toEqual([]);
      await expect(app.stopped).rejects.toThrow(`b failed at ${failAt}`);
      await expect(environment.network.connect("10.0.0.1", 20_000)).rejects.toMatchObject({
        code: "ECONNREFUSED",
      });
      expect(turns.slice(-2)).toEqual(["b stop", "a stop"]);
      expect(world.clock.waiting).toBe(0);
    }
  });

  test("in a plugin: those built before it are closed, last first", async () => {
    const closed: string[] = [];
    const registry = definePlugin(Registry, "noting", async (environment) => {
      const inner = await memoryRegistry().create(environment);
      return new Proxy(inner, {
        get: (target, property) =>
          property === "close"
            ? () => {
                closed.push("registry");
                return target.close();
              }
            : (Reflect.get(target, property, target) as unknown),
      });
    });
    const transport = definePlugin(Transport, "broken", () => ({
      name: "broken",
      dial: () => Promise.reject(new Error("unused")),
      listen: () => Promise.reject(new Error("unused")),
      close: () => {
        closed.push("transport");
        return Promise.reject(new Error("cannot close either"));
      },
    }));
    @Module({
      plugins: {
        registry,
        transport,
        broker: factory([Registry, Transport], () => Promise.reject(new Error("no broker today"))),
      },
    })
    class HalfModule {}
    const { app, world } = virtualApp(HalfModule, { plugins: {} });
    await expect(app.start()).rejects.toThrow("no broker today");
    expect(closed.toSorted()).toEqual(["registry", "transport"]);
    expect(world.logs).toContainEqual(
      expect.objectContaining({
        level: "error",
        message: "closing after a failed start failed too",
      }),
    );
  });

  test("in a service's constructor: the plugins are closed", async () => {
    let closed = 0;
    @Service({ name: "broken" })
    class Broken {
      readonly selector = inject(Selector);
      constructor() {
        throw new Error("cannot be made");
      }
    }
    @Module({
      services: [Broken],
      plugins: {
        selector: {
          useValue: {
            name: "noting",
            select: () => {
              throw new Error("unused");
            },
            mark: () => undefined,
            reset: () => undefined,
            close: () => {
              closed++;
              return Promise.resolve();
            },
          },
        },
      },
    })
    class BrokenModule {}
    await expect(virtualApp(BrokenModule).app.start()).rejects.toThrow("cannot be made");
    expect(closed).toBe(1);
  });
});

describe("run", () => {
  @Service({ name: "slow" })
  class Slow {
    @Handler()
    async wait(): Promise<{ done: boolean }> {
      await Slow.gate;
      return { done: true };
    }
    static gate: Promise<void> = Promise.resolve();
  }
  class SlowClient extends Client<Slow>("slow") {}
  const registry = memoryRegistry({ hub: memoryRegistryHub() });
  @Module({ services: [Slow], plugins: { registry, broker: memoryBroker() } })
  class SlowModule {}
  @Module({ plugins: { registry, broker: memoryBroker() } })
  class CallerModule {}

  test.each(["SIGTERM", "SIGINT", "SIGQUIT"])("%s drains, then stops", async (signal) => {
    const world = virtualWorld();
    const environment = world.environment("10.0.0.1");
    const app = await run(SlowModule, { environment });
    await using caller = createApp(CallerModule, { environment: world.environment("10.0.0.2") });
    await caller.start();
    let open: () => void = () => undefined;
    Slow.gate = new Promise((resolve) => (open = resolve));
    const running = caller.get(SlowClient).wait();
    await world.clock.settle();

    expect(environment.process.raise(signal)).toBe(true);
    await world.clock.settle();
    expect(await stateOf(app.stopped)).toBe("pending");
    open();
    expect(await running).toEqual({ done: true });
    expect(await app.stopped).toEqual({ cut: 0 });
    expect(world.logs.map(({ message }) => message)).toEqual(
      expect.arrayContaining([`${signal}: draining; once more to leave at once`, "stopped"]),
    );
    // Whoever comes later is not heard: nobody listens for signals any more.
    await world.clock.settle();
    expect(environment.process.raise(signal)).toBe(false);
    expect(environment.process.exitCode).toBeUndefined();
  });

  test("a second signal leaves at once", async () => {
    const world = virtualWorld();
    const environment = world.environment("10.0.0.1");
    const app = await run(SlowModule, { environment });
    await using caller = createApp(CallerModule, { environment: world.environment("10.0.0.2") });
    await caller.start();
    Slow.gate = new Promise(() => undefined);
    const running = caller
      .get(SlowClient)
      .wait(undefined, { timeoutMs: 60_000, retries: 0 })
      .catch((error: unknown) => error);
    await world.clock.settle();
    environment.process.raise("SIGTERM");
    expect(environment.process.exitCode).toBeUndefined();
    environment.process.raise("SIGINT");
    expect(environment.process.exitCode).toBe(130);
    await world.clock.advance(11_000);
    expect(await app.stopped).toEqual({ cut: 1 });
    expect(await running).toMatchObject({ code: 503, reason: "server.stopped" });
  });

  test("stop() ends it like a signal; createApp listens for none", async () => {
    const environment = virtualWorld().environment();
    const app = await run(SlowModule, { environment });
    await app.stop();
    await app.stopped;
    expect(environment.process.raise("SIGTERM")).toBe(false);
    const other = virtualApp(SlowModule);
    await other.app.start();
    expect(other.environment.process.raise("SIGTERM")).toBe(false);
    await other.app.stop();
  });

  test("a failed start rejects, and leaves no listener behind", async () => {
    const turns: string[] = [];
    const environment = virtualWorld().environment();
    const plugins = { registry: memoryRegistry(), broker: memoryBroker() };
    const starting = run(moduleOf(noting("a", turns, "start")), { environment, plugins });
    await expect(starting).rejects.toThrow("a failed at start");
    expect(environment.process.raise("SIGTERM")).toBe(false);
  });
});

/** Whether a promise has settled, after a turn of the event loop. */
function stateOf(promise: Promise<unknown>): Promise<"pending" | "settled"> {
  const settled = (): "settled" => "settled";
  return Promise.race([
    promise.then(settled, settled),
    new Promise<"pending">((resolve) => setImmediate(() => resolve("pending"))),
  ]);
}
