import { describe, expect, test } from "@jest/globals";
import { Pool, type Lease } from "../../../src/client/pool.js";
import { LoopTransport } from "../../support/loop-transport.js";
import { virtualWorld } from "../../support/virtual-environment.js";

/** A pool, and a node at `node:1` that takes everything. */
async function bench({ capacity = 1, maxIdle = 100, idleMs = 60_000 } = {}) {
  const { environment, clock } = virtualWorld();
  const transport = new LoopTransport({ capacity });
  const listener = await transport.listen("node:1");
  listener.accept(() => undefined);
  const pool = new Pool(environment(), transport, {}, maxIdle, idleMs);
  const acquire = async (address = "node:1"): Promise<Lease> => pool.acquire(address, false);
  return { pool, transport, clock, acquire };
}

describe("a pool", () => {
  test("uses a connection again, at once", async () => {
    const { pool, transport, acquire } = await bench();
    const first = await acquire();
    expect(first.reused).toBe(false);
    first.release(false);
    const again = pool.acquire("node:1", false);
    expect(again).not.toBeInstanceOf(Promise);
    expect((again as Lease).reused).toBe(true);
    expect(transport.dialled).toEqual(["node:1"]);
  });

  test("dials another while the first is in use, and uses the latest first", async () => {
    const { transport, acquire } = await bench();
    const leases = [await acquire(), await acquire()] as const;
    expect(transport.dialled).toHaveLength(2);
    leases[0].release(false);
    leases[1].release(false);
    const [early, late] = [...transport.connections];
    await late?.close();
    expect((await acquire()).reused).toBe(true);
    expect(transport.dialled).toHaveLength(2);
    expect(early?.closed).toBe(false);
  });

  test("shares a connection that carries several calls", async () => {
    const { transport, acquire } = await bench({ capacity: 3 });
    const leases = await Promise.all([acquire()]);
    leases.push(await acquire(), await acquire(), await acquire());
    expect(transport.dialled).toHaveLength(2);
    for (const lease of leases) lease.release(false);
    expect(transport.connections.size).toBe(2);
  });

  test("does not trust a connection again that was aborted", async () => {
    const { transport, acquire } = await bench();
    (await acquire()).release(true);
    expect(transport.connections.size).toBe(0);
    expect((await acquire()).reused).toBe(false);
  });

  test("passes over connections that the other side has closed", async () => {
    const { transport, acquire } = await bench();
    (await acquire()).release(false);
    for (const connection of [...transport.connections]) await connection.close();
    expect((await acquire()).reused).toBe(false);
  });

  test("lets go of one that closed while it was in use", async () => {
    const { transport, acquire } = await bench({ capacity: 2 });
    const leases = [await acquire(), await acquire()];
    for (const connection of [...transport.connections]) await connection.close();
    for (const lease of leases) lease.release(false);
    expect((await acquire()).reused).toBe(false);
  });

  test("keeps no more idle connections than it may", async () => {
    const { transport, acquire } = await bench({ maxIdle: 2 });
    const leases = await Promise.all([acquire(), acquire(), acquire(), acquire()]);
    expect(transport.connections.size).toBe(4);
    for (const lease of leases) lease.release(false);
    expect(transport.connections.size).toBe(2);
  });

  test("keeps none when it may keep none", async () => {
    const { transport, acquire } = await bench({ maxIdle: 0 });
    (await acquire()).release(false);
    expect(transport.connections.size).toBe(0);
  });

  test("closes what was idle for too long, and nothing else", async () => {
    const { transport, acquire, clock } = await bench({ idleMs: 1_000 });
    const [busy, idle] = [await acquire(), await acquire()];
    idle.release(false);
    await clock.advance(900);
    expect(transport.connections.size).toBe(2);
    await clock.advance(1_200);
    expect(transport.connections.size).toBe(1);
    busy.release(false);
    await clock.advance(500);
    expect(transport.connections.size).toBe(1);
    await clock.advance(2_000);
    expect(transport.connections.size).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test("keeps its addresses apart", async () => {
    const { transport, acquire } = await bench();
    const other = await transport.listen("node:2");
    other.accept(() => undefined);
    (await acquire()).release(false);
    expect((await acquire("node:2")).reused).toBe(false);
    await expect(acquire("node:3")).rejects.toMatchObject({ reason: "transport.connect-failed" });
  });

  test("gives back the room of a channel that cannot be opened", async () => {
    const { transport, acquire } = await bench();
    const dial = transport.dial.bind(transport);
    let opens = 0;
    transport.dial = async (...where) => {
      const connection = await dial(...where);
      const open = connection.open.bind(connection);
      connection.open = (how) => {
        if (++opens === 1) throw new Error("not yet");
        return open(how);
      };
      return connection;
    };
    await expect(acquire()).rejects.toThrow("not yet");
    expect((await acquire()).reused).toBe(true);
  });

  test("closes everything, and then refuses", async () => {
    const { pool, transport, acquire, clock } = await bench();
    const [busy, idle] = [await acquire(), await acquire()];
    idle.release(false);
    await pool.close();
    expect(transport.connections.size).toBe(0);
    await expect(busy.socket.recv()).rejects.toMatchObject({ code: 503 });
    busy.release(true);
    await expect(acquire()).rejects.toMatchObject({ reason: "client.closed", retry: "never" });
    await pool.close();
    await clock.advance(60_000);
    expect(clock.waiting).toBe(0);
  });

  test("closes a connection that comes when it has closed", async () => {
    const { pool, transport, acquire } = await bench();
    const late = acquire();
    await pool.close();
    await expect(late).rejects.toMatchObject({ reason: "client.closed" });
    expect(transport.connections.size).toBe(0);
  });
});
