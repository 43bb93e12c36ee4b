import { describe, expect, test } from "@jest/globals";
import { Canceled, Unavailable } from "../../../src/base/errors.js";
import { noMetadata } from "../../../src/base/metadata.js";
import { CallContext } from "../../../src/call/context.js";
import { fixedAddresses } from "../../../src/client/fixed-addresses.js";
import { guardStream } from "../../../src/client/guard-stream.js";
import { openStream } from "../../../src/client/open-stream.js";
import { virtualWorld } from "../../support/virtual-environment.js";

/** A guarded stream over `replies`, and what became of what is under it. */
function guarded(replies: AsyncIterable<unknown> | Error) {
  const context = new CallContext(virtualWorld().clock, noMetadata);
  const happened: string[] = [];
  const stream = guardStream(() => {
    happened.push("opened");
    return {
      replies: replies instanceof Error ? Promise.reject(replies) : Promise.resolve(replies),
      context,
      nested: false,
      end: () => happened.push("ended"),
    };
  });
  return { stream, context, happened };
}

async function* counting(end?: Error): AsyncGenerator {
  yield await Promise.resolve(1);
  yield 2;
  if (end) throw end;
}

const done = { done: true, value: undefined };

describe("a guarded stream", () => {
  test("is opened by the first read and ended by the last", async () => {
    const { stream, happened } = guarded(counting());
    const reader = stream[Symbol.asyncIterator]();
    expect(happened).toEqual([]);
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    expect(await reader.next()).toEqual({ done: false, value: 2 });
    expect(happened).toEqual(["opened"]);
    expect(await reader.next()).toEqual(done);
    expect(await reader.next()).toEqual(done);
    expect(happened).toEqual(["opened", "ended"]);
    await stream.close();
  });

  test("ends once with the error that it met", async () => {
    const failure = new Unavailable("broken");
    const { stream, happened } = guarded(counting(failure));
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    await expect(reader.next()).rejects.toBe(failure);
    expect(await reader.next()).toEqual(done);
    expect(happened).toEqual(["opened", "ended"]);
  });

  test("that cannot be opened ends with the reason", async () => {
    const failure = new Unavailable("nobody");
    const { stream, happened } = guarded(failure);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toBe(failure);
    expect(happened).toEqual(["opened", "ended"]);
  });

  test("ends at once when it is cancelled, and ends what is under it", async () => {
    let returned = false;
    const stuck: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          returned = true;
          return Promise.reject(new Error("nobody is told"));
        },
      }),
    };
    const { stream, context } = guarded(stuck);
    const reading = stream[Symbol.asyncIterator]().next();
    const reason = new Canceled("enough");
    await Promise.resolve();
    context.scope.cancel(reason);
    await expect(reading).rejects.toBe(reason);
    expect(returned).toBe(true);
  });

  test("that is closed before it was read is never opened", async () => {
    const { stream, context, happened } = guarded(counting());
    await stream.close();
    expect(await stream[Symbol.asyncIterator]().next()).toEqual(done);
    expect([happened, context.scope.reason]).toEqual([[], undefined]);
  });

  test("that is left tells those under it", async () => {
    const { stream, context, happened } = guarded(counting());
    for await (const item of stream) {
      expect(item).toBe(1);
      break;
    }
    expect(happened).toEqual(["opened", "ended"]);
    expect(context.scope.reason).toMatchObject({ code: 499, retry: "never" });
  });
});

describe("an opened stream", () => {
  test("has its first reply ahead and gives it first", async () => {
    const items: unknown[] = [];
    for await (const item of await openStream(counting())) items.push(item);
    expect(items).toEqual([1, 2]);
  });

  test("that cannot be opened is none", async () => {
    const failure = new Unavailable("nobody");
    const broken = async function* (): AsyncGenerator {
      await Promise.resolve();
      throw failure;
      yield 0;
    };
    await expect(openStream(broken())).rejects.toBe(failure);
  });

  test("ends what is under it when it is left", async () => {
    const iterator = counting();
    const opened = (await openStream(iterator))[Symbol.asyncIterator]();
    expect(await opened.return?.()).toEqual(done);
    expect(await iterator.next()).toEqual(done);
    expect(await opened.next()).toEqual(done);
    const bare = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(done) }) };
    const reader = (await openStream(bare as AsyncIterable<unknown>))[Symbol.asyncIterator]();
    expect(await reader.return?.()).toEqual(done);
  });
});

describe("fixed addresses", () => {
  const starting = (at: number) => ({ next: () => at, uuid: () => "" });
  const drawn = (next: ReturnType<typeof fixedAddresses>, ...exclude: string[]): string =>
    next(exclude.length > 0 ? new Set(exclude) : undefined).node.address;

  test("take turns, and avoid what has failed while there is another", () => {
    const next = fixedAddresses(["a:1", "b:2", "c:3"], starting(0));
    expect([drawn(next), drawn(next), drawn(next), drawn(next)]).toEqual([
      "a:1",
      "b:2",
      "c:3",
      "a:1",
    ]);
    for (let draws = 0; draws < 6; draws++) expect(drawn(next, "b:2")).not.toBe("b:2");
    expect(drawn(next, "a:1", "b:2", "c:3")).toMatch(/^[abc]:/);
  });

  test("are begun anywhere, so that calls are spread", () => {
    const first = (at: number): string => drawn(fixedAddresses(["a:1", "b:2"], starting(at)));
    expect([first(0), first(0.49), first(0.5), first(0.99)]).toEqual(["a:1", "a:1", "b:2", "b:2"]);
  });

  test("may be one", () => {
    const next = fixedAddresses("a:1", starting(0.9));
    expect([drawn(next), drawn(next, "a:1")]).toEqual(["a:1", "a:1"]);
  });

  test("must be at least one", () => {
    expect(() => fixedAddresses([], starting(0))).toThrow("the option address is an empty list");
  });
});
