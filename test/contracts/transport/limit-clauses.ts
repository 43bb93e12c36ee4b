import { equal, ok } from "node:assert/strict";
import { ContentTooLarge, type Message } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { call, dial, echo, failure, message, refusalOf, serve, text } from "./stage.js";

const maxMessageBytes = 1_000;
const maxHeaderBytes = 1_000;

const body = (bytes: number): Message => ({ headers: {}, body: new Uint8Array(bytes).fill(120) });
const headers = (bytes: number): Message => message("", { "x-large": "h".repeat(bytes) });

/** A reply that the dialler did not want. */
async function unwanted(
  harness: TransportHarness,
  reply: Message,
): Promise<Error & { reason?: string | undefined; code: number }> {
  const listener = await serve(harness, async (socket) => {
    await socket.recv();
    await socket.send(reply);
    await socket.close();
  });
  const client = await dial(harness, listener, { maxMessageBytes, maxHeaderBytes });
  const socket = client.open();
  await socket.send(message());
  return failure(harness, "the reply", socket.recv());
}

/** What is too large. */
export const limitClauses = [
  clause<TransportHarness>("a body of exactly the limit passes", async (harness) => {
    const listener = await serve(harness, echo, { maxMessageBytes });
    const client = await dial(harness, listener, { maxMessageBytes });
    equal((await call(harness, client, body(maxMessageBytes))).body.length, maxMessageBytes);
  }),

  clause<TransportHarness>("a listener refuses a body over its limit", async (harness) => {
    let served = 0;
    const listener = await serve(
      harness,
      async (socket) => {
        served++;
        await echo(socket);
      },
      { maxMessageBytes },
    );
    const other = await dial(harness, listener);
    const client = await dial(harness, listener);
    for (const over of [maxMessageBytes + 1, 1_048_576]) {
      const fresh = client.closed ? await dial(harness, listener) : client;
      equal(await refusalOf(harness, fresh, body(over)), 413);
    }
    equal(served, 0);
    equal(text(await call(harness, other, message("I am fine"))), "I am fine");
  }),

  clause<TransportHarness>("a listener refuses headers over its limit", async (harness) => {
    const listener = await serve(harness, echo, { maxHeaderBytes });
    const other = await dial(harness, listener);
    const client = await dial(harness, listener);
    equal(await refusalOf(harness, client, headers(maxHeaderBytes + 1)), 431);
    equal(text(await call(harness, other, message("I am fine"))), "I am fine");
  }),

  clause<TransportHarness>("a dialler refuses a body over its limit", async (harness) => {
    const error = await unwanted(harness, body(maxMessageBytes + 1));
    ok(error instanceof ContentTooLarge, error.name);
    equal(error.reason, "transport.too-large");
  }),

  clause<TransportHarness>("a dialler refuses headers over its limit", async (harness) => {
    const error = await unwanted(harness, headers(maxHeaderBytes + 1));
    equal(error.code, 431);
    equal(error.reason, "transport.headers-too-large");
  }),
];
