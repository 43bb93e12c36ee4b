import { expect, test } from "@jest/globals";
import type { EndpointShape } from "../../../src/call/contract.js";
import type { Client, Request } from "../../../src/client/client.js";
import { PendingCall } from "../../../src/client/pending-call.js";

const guess: EndpointShape = { endpoint: "Greeter.Hello" };

/** A client that notes what was begun. */
function notingClient(begun: string[]): Client {
  const replies = {
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve("first");
      yield "second";
    },
    close: () => {
      begun.push("closed");
      return Promise.resolve();
    },
  };
  const client: Pick<Client, "call" | "stream"> = {
    call: ({ shape }) => {
      begun.push(`call ${shape.endpoint}`);
      return shape.endpoint.endsWith("Fail")
        ? Promise.reject(new Error("no"))
        : Promise.resolve("reply");
    },
    stream: ({ shape }) => {
      begun.push(`stream ${shape.endpoint}`);
      return replies;
    },
  };
  return client as Client;
}

const request = (shape: EndpointShape): Request => ({ service: "greeter", shape, body: {} });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function pending(described: Promise<EndpointShape | undefined>) {
  const begun: string[] = [];
  return {
    begun,
    call: new PendingCall(described, guess, request, notingClient(begun), undefined),
  };
}

test("a unary call starts when the registry has answered, awaited or not, and once only", async () => {
  const { begun, call } = pending(Promise.resolve({ endpoint: "A.Hello" }));
  expect(begun).toEqual([]);
  await settle();
  expect(begun).toEqual(["call A.Hello"]);
  expect(await call).toBe("reply");
  expect(begun).toHaveLength(1);
});

test("a stream waits for its reader", async () => {
  const { begun, call } = pending(Promise.resolve({ endpoint: "A.Count", replyStream: true }));
  await settle();
  expect(begun).toEqual([]);
  const items: unknown[] = [];
  for await (const item of call) items.push(item);
  expect(items).toEqual(["first", "second"]);
  expect(begun).toEqual(["stream A.Count"]);
});

test("without a word from the registry the first use decides", async () => {
  const asCall = pending(Promise.resolve(undefined));
  await settle();
  expect(asCall.begun).toEqual([]);
  expect(await asCall.call.finally(() => undefined)).toBe("reply");
  const asStream = pending(Promise.reject(new Error("registry away")));
  for await (const item of asStream.call) {
    expect(item).toBe("first");
    break;
  }
  expect(asStream.begun).toEqual(["stream Greeter.Hello", "closed"]);
});

test("a call that fails and that nobody waits for is no unhandled rejection", async () => {
  const { begun, call } = pending(Promise.resolve({ endpoint: "A.Fail" }));
  await settle();
  expect(begun).toEqual(["call A.Fail"]);
  await expect(call.catch((error: unknown) => (error as Error).message)).resolves.toBe("no");
});

test("one that was closed is not begun", async () => {
  const { begun, call } = pending(Promise.resolve({ endpoint: "A.Hello" }));
  await call.close();
  await settle();
  expect(begun).toEqual([]);
  expect(await call[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
});
