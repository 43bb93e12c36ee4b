import { expect, test } from "@jest/globals";
import { virtualWorld } from "./virtual-environment.js";
import { realEnvironment } from "../../plugins/standard/environment.js";
import { silentLogger } from "../../src/spi.js";
import type { Connection, Environment } from "../../src/spi.js";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What a connection was told, as one text, and promises of its turns. */
function hear(connection: Connection) {
  let heard = "";
  let ended!: () => void;
  let closed!: (error?: Error) => void;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const close = new Promise<Error | undefined>((resolve) => (closed = resolve));
  connection.listen({
    data: (piece) => (heard += text(piece)),
    end: ended,
    close: closed,
  });
  return { end, close, heard: () => heard };
}

async function pair(environment: Environment, from = environment) {
  let accepted!: (connection: Connection) => void;
  const far = new Promise<Connection>((resolve) => (accepted = resolve));
  const host = environment.network.hostname();
  const server = await environment.network.listen(
    host.startsWith("10.") ? host : "127.0.0.1",
    0,
    accepted,
  );
  const near = await from.network.connect(server.host, server.port);
  return { near, far: await far, server };
}

const real = () => realEnvironment({ logger: silentLogger });
const environments: readonly (readonly [string, () => Environment])[] = [
  ["real", real],
  ["virtual", () => virtualWorld().environment()],
  ["virtual in small pieces", () => virtualWorld({ pieceBytes: 3 }).environment()],
];

test.each(environments)("%s: bytes, half close, close in good order", async (_name, make) => {
  const { near, far, server } = await pair(make());
  const [a, b] = [hear(near), hear(far)];
  near.write(bytes("hello "));
  near.write(bytes("there"));
  near.end();
  await b.end;
  expect(b.heard()).toBe("hello there");
  far.write(bytes("and back"));
  far.end();
  await a.end;
  expect(a.heard()).toBe("and back");
  expect(await a.close).toBeUndefined();
  expect(await b.close).toBeUndefined();
  await server.close();
});

test.each(environments)("%s: a reader that pauses holds the writer back", async (_name, make) => {
  const { near, far, server } = await pair(make());
  let drained!: () => void;
  const drain = new Promise<void>((resolve) => (drained = resolve));
  near.listen({ data: () => undefined, drain: drained, close: () => undefined });
  let received = 0;
  far.pause();
  far.listen({ data: (piece) => (received += piece.length), close: () => undefined });
  let sent = 0;
  const piece = new Uint8Array(65_536);
  while (near.write(piece)) sent += piece.length;
  sent += piece.length;
  expect(sent).toBeLessThan(64 * 1_048_576);
  far.resume();
  await drain;
  near.end();
  await new Promise<void>((done) => {
    near.write(new Uint8Array(0));
    const check = (): void => {
      if (received === sent) done();
      else setImmediate(check);
    };
    check();
  });
  near.destroy();
  far.destroy();
  await server.close();
});

test.each(environments)("%s: destroy reaches the peer; refused; in use", async (_name, make) => {
  const environment = make();
  const { near, far, server } = await pair(environment);
  const [a, b] = [hear(near), hear(far)];
  near.destroy();
  await a.close;
  await b.end;
  far.end();
  await b.close;
  await expect(
    environment.network.listen("127.0.0.1", server.port, () => undefined),
  ).rejects.toMatchObject({ code: "EADDRINUSE" });
  await server.close();
  await expect(environment.network.connect("127.0.0.1", server.port)).rejects.toMatchObject({
    code: "ECONNREFUSED",
  });
  const again = await environment.network.listen("127.0.0.1", server.port, () => undefined);
  await again.close();
});

test.each(environments)("%s: connect ends with its signal", async (_name, make) => {
  const environment = make();
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(environment.network.connect("127.0.0.1", 9, { signal })).rejects.toThrow("enough");
});

test("advance fires timers in order and lets promises settle between them", async () => {
  const { clock } = virtualWorld();
  const fired: string[] = [];
  const start = clock.now();
  clock.timers.after(20, () => fired.push(`c${clock.now() - start}`));
  clock.timers.after(10, () => {
    fired.push("a");
    void Promise.resolve().then(() => clock.timers.after(5, () => fired.push("b")));
  });
  clock.timers.after(30, () => fired.push("late"));
  clock.timers.after(15, () => fired.push("never")).cancel();
  await clock.advance(20);
  expect(fired).toEqual(["a", "b", "c20"]);
  expect(clock.now() - start).toBe(20);
  expect(clock.waiting).toBe(1);
});

test("the same seed gives the same chance", () => {
  const draw = (seed: number): unknown[] => {
    const { random } = virtualWorld({ seed }).environment("10.0.0.1");
    return [random.next(), random.next(), random.uuid()];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7)[2]).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test("latency delays, a partition holds, reset breaks", async () => {
  const world = virtualWorld();
  const [one, two] = [world.environment("10.0.0.1"), world.environment("10.0.0.2")];
  const { near, far, server } = await pair(one, two);
  const [a, b] = [hear(near), hear(far)];
  world.network.latency("10.0.0.1", 50);
  near.write(bytes("slow"));
  await world.clock.advance(49);
  expect(b.heard()).toBe("");
  await world.clock.advance(1);
  expect(b.heard()).toBe("slow");
  world.network.partition("10.0.0.1", "10.0.0.2");
  near.write(bytes(" held"));
  await world.clock.advance(10_000);
  expect(b.heard()).toBe("slow");
  world.network.heal();
  await world.clock.advance(50);
  expect(b.heard()).toBe("slow held");
  world.network.reset("10.0.0.1");
  expect(await a.close).toMatchObject({ code: "ECONNRESET" });
  expect(await b.close).toMatchObject({ code: "ECONNRESET" });
  await server.close();
});

test("datagrams reach a group and an address, and can be lost", async () => {
  const world = virtualWorld();
  const heard: string[] = [];
  const open = (host: string, port: number) =>
    world.environment(host).network.datagram({
      port,
      shared: true,
      multicastGroup: "224.0.0.251",
      onMessage: (message, from) => heard.push(`${host} ${text(message)} ${from.host}`),
      onError: () => undefined,
    });
  const a = await open("10.0.0.1", 5353);
  await open("10.0.0.2", 5353);
  await a.send(bytes("all"), 5353, "224.0.0.251");
  await a.send(bytes("one"), 5353, "10.0.0.2");
  await world.clock.settle();
  expect(heard.toSorted()).toEqual([
    "10.0.0.1 all 10.0.0.1",
    "10.0.0.2 all 10.0.0.1",
    "10.0.0.2 one 10.0.0.1",
  ]);
  world.network.drop("10.0.0.2", 1);
  await a.send(bytes("lost"), 5353, "10.0.0.2");
  await world.clock.settle();
  expect(heard).toHaveLength(3);
});

test("datagrams come twice, and pass each other", async () => {
  const world = virtualWorld();
  const heard: string[] = [];
  const listener = await world.environment("10.0.0.2").network.datagram({
    port: 9,
    onMessage: (message) => heard.push(text(message)),
    onError: () => undefined,
  });
  const sender = await world
    .environment("10.0.0.1")
    .network.datagram({ port: 0, onMessage: () => undefined, onError: () => undefined });
  const sent = Array.from({ length: 20 }, (_, n) => String(n));
  const sendAll = async (): Promise<readonly string[]> => {
    heard.length = 0;
    for (const each of sent) await sender.send(bytes(each), 9, "10.0.0.2");
    await world.clock.advance(100);
    return heard;
  };
  expect(await sendAll()).toEqual(sent);
  world.network.duplicate("10.0.0.2", 0.5);
  const doubled = await sendAll();
  expect(new Set(doubled)).toEqual(new Set(sent));
  expect(doubled.length).toBeGreaterThan(sent.length);
  world.network.calm();
  world.network.reorder(["10.0.0.2", "10.0.0.1"], 0.5);
  const passed = [...(await sendAll())];
  expect(passed).not.toEqual(sent);
  expect(new Set(passed)).toEqual(new Set(sent));
  await Promise.all([listener.close(), sender.close()]);
});

test("a process that stands still reads nothing; its peer's writes fill the way", async () => {
  const world = virtualWorld();
  const [one, two] = [world.environment("10.0.0.1"), world.environment("10.0.0.2")];
  const { near, far, server } = await pair(one, two);
  const heard = hear(far);
  const fired: string[] = [];
  one.timers.after(5, () => fired.push("due"));
  one.timers.after(6, () => fired.push("cancelled")).cancel();
  const held = one.timers.after(7, () => fired.push("cancelled while held"));
  one.loop.pause();
  expect(near.write(new Uint8Array(65_536))).toBe(false);
  await world.clock.advance(10);
  expect([heard.heard(), fired]).toEqual(["", []]);
  const refused = two.network.connect("10.0.0.1", 1);
  await expect(refused).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await two.network.connect("10.0.0.1", server.port); // the system takes it, the process has not
  held.cancel();
  one.loop.resume();
  await world.clock.settle();
  expect(heard.heard()).toHaveLength(65_536);
  expect(fired).toEqual(["due"]);
  one.loop.end();
  one.timers.after(1, () => fired.push("dead"));
  await world.clock.advance(10);
  expect(fired).toEqual(["due"]);
  near.destroy();
  await server.close();
});
