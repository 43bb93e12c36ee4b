import { afterEach, expect, test } from "@jest/globals";
import { httpTransport } from "../../../plugins/transport/http/index.js";
import { RpcError, type Context } from "../../../src/index.js";
import type { EngineNode } from "../../support/pair-harness.js";
import { call, frame, numberOf, route } from "./frame-bytes.js";
import {
  ask,
  askAgain,
  errorIn,
  errorOf,
  frameWorld,
  gate,
  handle,
  outcomeOf,
  type FrameWorld,
} from "./frame-world.js";
import { hostileServer } from "./hostile-server.js";

let open: FrameWorld | undefined;
afterEach(async () => {
  await open?.[Symbol.asyncDispose]();
  open = undefined;
});

const hostOf = ({ environment }: EngineNode): string => environment.network.hostname();

/** A caller, and servers whose handlers wait at a gate. */
async function target(count = 1) {
  open = frameWorld();
  const client = await open.node();
  const servers: EngineNode[] = [];
  const waiting = gate();
  const aborted: unknown[] = [];
  const served: number[] = [];
  for (let index = 0; index < count; index++) {
    const server = await open.node();
    served.push(0);
    handle(server, "T.Wait", async (request: unknown, { signal }: Context) => {
      served[index]! += 1;
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      await waiting.opened;
      return request;
    });
    handle(server, "T.Echo", (request: unknown) => {
      served[index]! += 1;
      return request;
    });
    await server.start();
    servers.push(server);
  }
  return { ...open, client, servers, server: servers[0]!, waiting, aborted, served };
}

test("many calls share one connection, and come back to whom they belong", async () => {
  const { client, settle, waiting, served } = await target();
  const calls = Array.from({ length: 500 }, (_, index) => ask(client, "T.Wait", { index }));
  await settle();
  expect(served).toEqual([500]);
  waiting.open();
  expect(await Promise.all(calls)).toEqual(calls.map((_, index) => ({ index })));
});

test("a lost connection fails the calls that may not be repeated, and aborts handlers", async () => {
  const { client, server, settle, world, aborted, served } = await target();
  const calls = [1, 2, 3].map((index) => ask(client, "T.Wait", { index }));
  await settle();
  world.network.reset(hostOf(server));
  for (const each of calls) {
    const error = await errorOf(each);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 503, reason: "transport.closed" });
  }
  await settle();
  expect([aborted.length, served]).toEqual([3, [3]]);
  expect(await ask(client, "T.Echo", { again: 1 })).toEqual({ again: 1 });
});

test("calls that may be repeated are, over a new connection", async () => {
  const { client, server, settle, world, waiting, served } = await target();
  const calls = [1, 2, 3].map((index) => askAgain(client, "T.Wait", { index }));
  await settle();
  world.network.reset(hostOf(server));
  waiting.open();
  await world.clock.advance(5_000);
  expect(await Promise.all(calls)).toEqual([{ index: 1 }, { index: 2 }, { index: 3 }]);
  expect(served).toEqual([6]);
});

test("a call that is given up frees its handler and leaves the others alone", async () => {
  const { client, settle, waiting, aborted } = await target();
  const caller = new AbortController();
  const [left, stays] = [
    ask(client, "T.Wait", { left: 1 }, { signal: caller.signal }),
    ask(client, "T.Wait", { stays: 1 }),
  ];
  await settle();
  caller.abort();
  await expect(left).rejects.toMatchObject({ reason: "client.canceled" });
  await settle();
  expect(aborted).toMatchObject([{ reason: "server.caller-gone" }]);
  waiting.open();
  expect(await stays).toEqual({ stays: 1 });
});

test("a deadline ends a call on both sides", async () => {
  const { client, settle, world, aborted } = await target();
  const late = ask(client, "T.Wait", {}, { timeoutMs: 1_000 });
  await settle();
  await world.clock.advance(1_001);
  await expect(late).rejects.toMatchObject({ code: 408 });
  expect(aborted).toHaveLength(1);
});

test("a drain lets running calls finish; new ones go to another node; none fails", async () => {
  const { client, servers, settle, world, waiting, served } = await target(2);
  const running = Array.from({ length: 40 }, (_, index) => ask(client, "T.Wait", { index }));
  await settle();
  expect(served.every((count) => count > 0)).toBe(true);
  const [first, second] = servers as [EngineNode, EngineNode];
  const stopped = first.server.stop();
  const before = served[0];
  const later: Promise<unknown>[] = [];
  for (let round = 0; round < 20; round++) {
    later.push(ask(client, "T.Echo", { round }));
    await world.clock.advance(100);
  }
  expect(await Promise.all(later)).toEqual(later.map((_, round) => ({ round })));
  expect(served[0]).toBe(before);
  waiting.open();
  expect(await Promise.all(running)).toEqual(running.map((_, index) => ({ index })));
  await world.clock.advance(1_000);
  expect(await stopped).toEqual({ cut: 0 });
  expect(await ask(client, "T.Echo", { last: 1 })).toEqual({ last: 1 });
  expect(second.server.address).not.toBe(first.server.address);
});

test("calls on their way while a server drains are not lost", async () => {
  const { client, servers, settle, world } = await target(2);
  await Promise.all(Array.from({ length: 20 }, () => ask(client, "T.Echo")));
  const first = servers[0]!;
  world.network.latency(hostOf(first), 50);
  // More than the caller's retry budget: nobody was there, so none of it is asked for.
  const sent = Array.from({ length: 200 }, (_, index) => ask(client, "T.Echo", { index }));
  await settle();
  const stopped = first.server.stop();
  await world.clock.advance(5_000);
  expect(await stopped).toEqual({ cut: 0 });
  expect(await Promise.all(sent)).toEqual(sent.map((_, index) => ({ index })));
});

test("of a busy caller, what a killed node had in hand is made again where that does no harm", async () => {
  const { client, servers, settle, world, waiting, served } = await target(3);
  // 300 calls a second.
  for (let tick = 0; tick < 30; tick++) {
    const calls = Array.from({ length: 30 }, () => ask(client, "T.Echo"));
    await world.clock.advance(100);
    await Promise.all(calls);
  }
  const before = served[0]!;
  const again = Array.from({ length: 90 }, (_, index) => askAgain(client, "T.Wait", { index }));
  await settle();
  expect(served[0]! - before).toBeGreaterThan(20);
  world.network.kill(hostOf(servers[0]!));
  waiting.open();
  await world.clock.advance(1_000);
  expect(await Promise.all(again)).toEqual(again.map((_, index) => ({ index })));
});

test("a peer at a drain: told to go, its calls served, then closed once it has heard", async () => {
  const { speak, server, settle, waiting, world } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Wait"), call(numberOf(0), 0));
  await settle();
  const stopped = server.server.stop();
  await settle();
  expect([peer.of(9).length, peer.of(10).length, peer.raw.ended]).toEqual([1, 1, false]);
  peer.send(call(numberOf(1), 0), frame(11, 0, peer.of(10)[0]?.payload));
  await settle();
  expect(errorIn(peer.of(4, numberOf(1))[0])).toMatchObject({ retry: "safe" });
  expect(peer.raw.ended).toBe(false);
  waiting.open();
  await settle();
  expect(peer.of(3, numberOf(0))).toHaveLength(1);
  expect(peer.raw.ended).toBe(true);
  await world.clock.advance(1_000);
  expect(await stopped).toEqual({ cut: 0 });
});

test("a peer that takes no note of a drain does not hold it up", async () => {
  const { speak, server, settle, world } = await target();
  const peer = await speak(server);
  peer.send(route(0, "T.Echo"), call(numberOf(0), 0));
  await settle();
  const stopped = server.server.stop();
  await world.clock.advance(1_001);
  expect(await outcomeOf(world, stopped)).toEqual({ value: { cut: 0 } });
  expect(peer.raw.ended).toBe(true);
});

test("a peer that is gone without a word is found out after three quiet periods", async () => {
  const { client, server, settle, world } = await target();
  const lost = ask(client, "T.Wait", {}, { timeoutMs: 600_000 });
  await settle();
  world.network.partition(hostOf(client), hostOf(server));
  await world.clock.advance(29_000);
  expect(await outcomeOf(world, lost)).toBeUndefined();
  await world.clock.advance(11_000);
  const error = await errorOf(lost);
  expect(error).toMatchObject({ code: 503, reason: "transport.closed" });
  expect(error.detail).toContain("nothing was heard for 30000 ms");
  world.network.heal();
});

test("a peer that is gone is found out by calls that have all run out of time, too", async () => {
  const { client, world } = await target(0);
  const { caught } = await hostileServer(open!, client, () => undefined);
  const lost = (): Promise<RpcError> => errorOf(ask(client, "T.Echo", {}, { timeoutMs: 500 }));
  const timedOut = lost();
  await world.clock.advance(500);
  expect(await timedOut).toMatchObject({ code: 408 });
  expect(caught).toHaveLength(1);
  await world.clock.advance(40_000);
  const again = lost();
  await world.clock.advance(500);
  await again;
  expect(caught).toHaveLength(2);
});

test("a peer that lives and takes its time is not given up", async () => {
  const { client, settle, world, waiting } = await target();
  const slow = ask(client, "T.Wait", { slow: 1 }, { timeoutMs: 600_000 });
  await settle();
  await world.clock.advance(500_000);
  waiting.open();
  expect(await slow).toEqual({ slow: 1 });
});

test("a client that closes leaves no timer and no connection", async () => {
  const { client, server, settle, aborted } = await target();
  const calls = [ask(client, "T.Wait"), ask(client, "T.Wait")];
  await settle();
  await client.client.close();
  for (const each of calls) expect(await errorOf(each)).toBeInstanceOf(RpcError);
  await settle();
  expect(aborted).toHaveLength(2);
  await server.server.stop();
});

test("a connection that is made while its server stops costs no call", async () => {
  const { client, servers, world, served } = await target(2);
  const [first] = servers;
  world.network.latency(hostOf(client), 5);
  // Every call that would go to the first node connects to it as it goes.
  const calls = Array.from({ length: 8 }, (_, index) => ask(client, "T.Echo", { index }));
  await world.clock.advance(5); // connections are made, and nobody has said a word
  const stopped = first!.server.stop();
  await world.clock.advance(2_000);
  expect(await Promise.all(calls)).toEqual(calls.map((_, index) => ({ index })));
  await stopped;
  expect(served).toEqual([0, 8]);
});

test("a peer that takes the connection and says nothing costs the time to dial", async () => {
  const { client, world } = await target();
  const mute = world.environment("10.7.7.7");
  const door = await mute.network.listen("10.7.7.7", 0, () => undefined);
  const transport = await httpTransport().create(client.environment);
  const lane = { from: "test" };
  const dialled = transport.dial(`10.7.7.7:${door.port}`, { lane, timeoutMs: 500 });
  const error = errorOf(dialled);
  await world.clock.advance(500);
  expect(await error).toMatchObject({ reason: "transport.connect-timeout", retry: "safe" });
  expect(world.network.connections).toBe(1); // the peer has not heard that it is gone
  await transport.close();
  await door.close();
});
