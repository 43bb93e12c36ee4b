import { expect } from "@jest/globals";
import { RpcError, Timeout, type CallOptions } from "plugboard";
import { eventually } from "../support/real-world.js";
import { GoError } from "./go-program.js";
import { endpoints } from "./our-service.js";
import type { InteropWorld, Scenario } from "./world.js";

const mebibyte = 1_048_576;
const soldOut = { id: "shop", code: 409, detail: "sold out" };

/** Calls a method of the program in Go. */
async function call(
  { client, goName }: InteropWorld,
  method: string,
  body: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  const shape = endpoints[method] ?? method;
  return client.client.call(client.client.newRequest(goName, shape, body), {
    retries: 0,
    ...options,
  });
}

/** Lets the program in Go call a method of ours. */
async function goCall(
  { go, ourName }: InteropWorld,
  method: string,
  request: unknown,
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const endpoint = method.includes(".") ? method : `Interop.${method}`;
  const contentType = "application/protobuf";
  const asked = { do: "call", service: ourName, endpoint, contentType, request, ...options };
  return (await go.ask<{ reply: unknown }>(asked)).reply;
}

/** What a promise was rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

const hello = (title: string, contentType: string): Scenario => ({
  title,
  usToGo: async (world) =>
    expect(await call(world, "Hello", { name: "Ada" }, { contentType })).toMatchObject({
      greeting: "Hello Ada",
    }),
  goToUs: async (world) =>
    expect(await goCall(world, "Hello", { name: "Ada" }, { contentType })).toEqual({
      greeting: "Hello Ada",
    }),
});

const failing = (title: string, contentType: string): Scenario => ({
  title,
  usToGo: async (world) => {
    const error = await failureOf(call(world, "Fail", soldOut, { contentType, timeoutMs: 2_000 }));
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject(soldOut);
  },
  goToUs: async (world) => {
    const error = await failureOf(goCall(world, "Fail", soldOut, { contentType }));
    expect(error).toBeInstanceOf(GoError);
    expect(error).toMatchObject(soldOut);
  },
});

/** Milliseconds after which a stream that hangs counts as failed. */
const streamTimeoutMs = 10_000;

const serverStream = (title: string, contentType: string): Scenario => ({
  title,
  usToGo: async ({ client, goName }) => {
    const request = client.client.newRequest(goName, endpoints["Countdown"] ?? "", { from: 4 });
    const options = { contentType, timeoutMs: streamTimeoutMs };
    const numbers: number[] = [];
    for await (const tick of client.client.stream(request, options))
      numbers.push((tick as { number: number }).number);
    expect(numbers).toEqual([4, 3, 2, 1]);
  },
  goToUs: async ({ go, ourName }) =>
    expect(
      await go.ask({
        do: "stream",
        service: ourName,
        endpoint: "Interop.Countdown",
        contentType,
        timeoutMs: streamTimeoutMs,
        requests: [{ from: 4 }],
      }),
    ).toEqual({ replies: [{ number: 4 }, { number: 3 }, { number: 2 }, { number: 1 }] }),
});

/** Sends a name, waits for its answer, and so on: the protocol knows no half close. */
const chat = (title: string, contentType: string): Scenario => ({
  title,
  usToGo: async ({ client, goName }) => {
    let answered: () => void = () => undefined;
    async function* ask(): AsyncGenerator<{ name: string }> {
      for (const name of ["Ada", "Grace", "Edsger"]) {
        const answer = new Promise<void>((resolve) => (answered = resolve));
        yield { name };
        await answer;
      }
    }
    const greetings: string[] = [];
    const request = client.client.newRequest(goName, endpoints["Chat"] ?? "", ask());
    const options = { contentType, timeoutMs: streamTimeoutMs };
    for await (const reply of client.client.stream(request, options)) {
      greetings.push((reply as { greeting: string }).greeting);
      answered();
    }
    expect(greetings).toEqual(["Hello Ada", "Hello Grace", "Hello Edsger"]);
  },
  goToUs: async ({ go, ourName }) =>
    expect(
      await go.ask({
        do: "stream",
        service: ourName,
        endpoint: "Interop.Chat",
        contentType,
        timeoutMs: streamTimeoutMs,
        requests: [{ name: "Ada" }, { name: "Grace" }],
      }),
    ).toEqual({ replies: [{ greeting: "Hello Ada" }, { greeting: "Hello Grace" }] }),
});

const metadata = (title: string, greeting: string): Scenario => {
  const asked = { keys: ["X-Plain", "X-Greeting"] };
  const pairs = { "X-Plain": "plain", "X-Greeting": greeting };
  return {
    title,
    usToGo: async (world) => {
      const sent = { "x-plain": "plain", "x-greeting": greeting };
      expect(await call(world, "Metadata", asked, { metadata: sent })).toEqual({ pairs });
    },
    goToUs: async (world) =>
      expect(await goCall(world, "Metadata", asked, { metadata: pairs })).toEqual({ pairs }),
  };
};

/** Unary calls, streams and what goes wrong with them. */
export const callScenarios: readonly Scenario[] = [
  hello("unary, protobuf", "application/protobuf"),
  hello("unary, JSON", "application/json"),
  { ...hello("unary, json-rpc", "application/json-rpc"), mucpOnly: true },
  { ...hello("unary, proto-rpc", "application/proto-rpc"), mucpOnly: true },
  serverStream("server stream, JSON", "application/json"),
  serverStream("server stream, protobuf", "application/protobuf"),
  chat("bidirectional stream, JSON", "application/json"),
  chat("bidirectional stream, protobuf", "application/protobuf"),
  failing("error with code and detail, JSON", "application/json"),
  failing("error with code and detail, protobuf", "application/protobuf"),
  {
    title: "unknown endpoint",
    usToGo: async (world) => {
      const error = await failureOf(call(world, "Interop.Nothing", {}));
      expect(error).toBeInstanceOf(RpcError);
      expect((error as RpcError).detail).toMatch(/can't find|unknown/);
    },
    goToUs: async (world) => {
      const error = await failureOf(
        goCall(world, "Interop.Nothing", {}, { contentType: "application/json" }),
      );
      expect(error).toMatchObject({ code: 404 });
    },
  },
  {
    title: "deadline exceeded",
    usToGo: async (world) => {
      const error = await failureOf(
        call(world, "Sleep", { milliseconds: 3_000 }, { timeoutMs: 200 }),
      );
      expect(error).toBeInstanceOf(Timeout);
    },
    goToUs: async (world) => {
      const before = world.ours.seen.cutShort;
      const error = await failureOf(
        goCall(world, "Sleep", { milliseconds: 5_000 }, { timeoutMs: 300 }),
      );
      expect(error).toMatchObject({ code: 408 });
      // Our handler's context ends as well, by its own clock.
      await eventually(() => expect(world.ours.seen.cutShort).toBe(before + 1));
    },
  },
  metadata("metadata", "plain text"),
  { ...metadata("metadata, UTF-8", "Grüße ✓ 東京"), mucpOnly: true },
  {
    title: "1 MiB body",
    usToGo: async (world) => {
      const content = new Uint8Array(mebibyte).map((_, index) => index * 31);
      const reply = (await call(world, "Echo", { content })) as { content: Uint8Array };
      expect(Buffer.compare(reply.content, content)).toBe(0);
    },
    goToUs: async (world) => {
      const content = Buffer.alloc(mebibyte, "plugboard").toString("base64");
      const reply = (await goCall(world, "Echo", { content })) as { content: string };
      expect(reply.content === content).toBe(true);
    },
  },
  {
    title: "10,000 calls, one after the other",
    mucpOnly: true,
    usToGo: async (world) => {
      let slowest = 0;
      for (let number = 0; number < 10_000; number += 1) {
        const start = performance.now();
        await call(world, "Hello", { name: "Ada" });
        slowest = Math.max(slowest, performance.now() - start);
      }
      expect(slowest).toBeLessThan(1_000);
    },
    goToUs: async ({ go, ourName }) => {
      const asked = {
        do: "calls",
        count: 10_000,
        service: ourName,
        endpoint: "Interop.Hello",
        contentType: "application/protobuf",
        request: { name: "Ada" },
      };
      const { count, slowestMs } = await go.ask<{ count: number; slowestMs: number }>(asked);
      expect(count).toBe(10_000);
      expect(slowestMs).toBeLessThan(1_000);
    },
  },
  {
    title: "Debug.Health",
    usToGo: async (world) =>
      expect(await call(world, "Debug.Health", {})).toMatchObject({ status: "ok" }),
    goToUs: async ({ go, ourName }) =>
      expect(await go.ask({ do: "health", service: ourName })).toMatchObject({
        reply: { status: "ok" },
      }),
  },
];
