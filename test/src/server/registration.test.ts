import { describe, expect, test } from "@jest/globals";
import { Registration, type RegistrationOptions } from "../../../src/server/registration.js";
import type { ServiceRecord } from "../../../src/registry/registry.js";
import { TableRegistry } from "../../support/table-registry.js";
import { virtualWorld } from "../../support/virtual-environment.js";

const recordOf = (name: string): ServiceRecord => ({
  name,
  version: "1",
  metadata: {},
  endpoints: [],
  nodes: [{ id: `${name}-n`, address: "a:1", metadata: {} }],
});

function bench({ ttlMs = 90_000, intervalMs = 30_000, check }: Partial<RegistrationOptions> = {}) {
  const world = virtualWorld();
  const registry = new TableRegistry(world.clock);
  const records = [recordOf("shop"), recordOf("bank")];
  const options = { ttlMs, intervalMs, check };
  const registration = new Registration(world.environment(), registry, records, options);
  const listed = async (): Promise<number> =>
    (await registry.getService("shop")).length + (await registry.getService("bank")).length;
  const warned = (): string[] =>
    world.logs.filter(({ level }) => level === "warn").map(({ message }) => message);
  return { ...world, registry, registration, listed, warned };
}

describe("a registration", () => {
  test("is renewed before it runs out", async () => {
    const { registration, listed, clock } = bench();
    await registration.start();
    for (let minutes = 0; minutes < 10; minutes++) {
      expect(await listed()).toBe(2);
      await clock.advance(60_000);
    }
    await registration.stop();
    expect([await listed(), clock.waiting]).toEqual([0, 0]);
    await clock.advance(600_000);
    expect(await listed()).toBe(0);
  });

  test("of a process that died runs out", async () => {
    const { registration, listed, clock } = bench({ intervalMs: 10_000_000 });
    await registration.start();
    await clock.advance(90_000);
    expect(await listed()).toBe(0);
  });

  test("survives a registry that is away at the start, and soon gets there", async () => {
    const { registration, registry, listed, clock, warned } = bench();
    registry.reachable = false;
    await registration.start();
    expect(warned()).toHaveLength(1);
    await clock.advance(3_000);
    expect(warned().length).toBeGreaterThan(1);
    registry.reachable = true;
    await clock.advance(3_000);
    expect(await listed()).toBe(2);
  });

  test("survives a registry that goes away and forgets", async () => {
    const { registration, registry, listed, clock } = bench();
    await registration.start();
    registry.reachable = false;
    await clock.advance(95_000);
    registry.reachable = true;
    await clock.advance(3_000);
    expect(await listed()).toBe(2);
  });

  test("can be renewed at once", async () => {
    const { registration, registry, listed, clock } = bench();
    await registration.start();
    await registry.close();
    await Promise.all([registration.start(), registration.start()]);
    expect([await listed(), clock.waiting]).toEqual([2, 1]);
  });
});

describe("the health check", () => {
  test("keeps a sick node out of the registry until it is well", async () => {
    let sick = true;
    const { registration, listed, clock, warned } = bench({
      check: () => {
        if (sick) throw new Error("no database");
      },
    });
    await registration.start();
    expect(await listed()).toBe(0);
    expect(warned()).toEqual(["health check failed; staying out of the registry"]);
    sick = false;
    await clock.advance(30_000);
    expect(await listed()).toBe(2);
    sick = true;
    await clock.advance(30_000);
    expect(await listed()).toBe(0);
  });

  test("that takes over 5 s has failed", async () => {
    const { registration, listed, clock, logs } = bench({ check: () => new Promise(() => {}) });
    const starting = registration.start();
    await clock.advance(4_999);
    expect(logs).toEqual([]);
    await clock.advance(1);
    await starting;
    expect(JSON.stringify(logs[0]?.fields)).toContain("took over 5000 ms");
    expect(await listed()).toBe(0);
  });

  test("does not hold up the stop", async () => {
    const { registration, clock } = bench({ check: () => new Promise(() => {}) });
    const starting = registration.start();
    await registration.stop();
    await starting;
    expect(clock.waiting).toBe(0);
  });

  test("that fails while the registry is away is heard once it is back", async () => {
    let sick = false;
    const { registration, registry, listed, clock } = bench({
      check: () => (sick ? Promise.reject(new Error("no database")) : undefined),
    });
    await registration.start();
    sick = true;
    registry.reachable = false;
    await clock.advance(31_000);
    registry.reachable = true;
    expect(await listed()).toBe(2);
    await clock.advance(3_000);
    expect(await listed()).toBe(0);
  });
});

describe("the end of a registration", () => {
  test("is told when the registry cannot be", async () => {
    const { registration, registry } = bench();
    await registration.start();
    registry.reachable = false;
    await expect(registration.stop()).rejects.toMatchObject({ reason: "registry.unreachable" });
  });

  test("does not wait for a registry that never answers, and takes every record out", async () => {
    const { registration, registry, clock } = bench();
    const withdrawn: string[] = [];
    registry.register = (_record, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    registry.deregister = ({ name }) => {
      withdrawn.push(name);
      return name === "shop" ? Promise.reject(new Error("no")) : Promise.resolve();
    };
    const starting = registration.start();
    await clock.settle();
    await expect(registration.stop()).rejects.toThrow("no");
    await starting;
    expect(withdrawn).toEqual(["shop", "bank"]);
    expect(clock.waiting).toBe(0);
  });
});
