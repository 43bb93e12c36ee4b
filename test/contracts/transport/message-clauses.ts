import { deepEqual, equal, ok } from "node:assert/strict";
import type { Message } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { call, dial, echo, message, serve, signal, soon } from "./stage.js";

const sameBytes = (sent: Uint8Array, got: Uint8Array): void => {
  equal(got.length, sent.length);
  ok(Buffer.from(got).equals(Buffer.from(sent)), "the bytes differ");
};

/** Sends a request to an echo; what arrived at each side. */
async function both(
  harness: TransportHarness,
  request: Message,
): Promise<{ readonly there: Message; readonly back: Message }> {
  const arrived = signal<Message>();
  const listener = await serve(harness, async (socket) => {
    const got = await socket.recv();
    ok(got);
    arrived.give(got);
    await socket.send({ headers: { ...got.headers }, body: got.body.slice() });
    await socket.close();
  });
  const client = await dial(harness, listener);
  const back = await call(harness, client, request);
  return { there: await arrived.heard, back };
}

/** What a message is on the other side. */
export const messageClauses = [
  clause<TransportHarness>("a body arrives as it was sent, byte for byte", async (harness) => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const mebibyte = Uint8Array.from({ length: 1_048_576 }, (_, index) => (index * 7 + 3) & 255);
    for (const body of [everyByte, new Uint8Array(0), mebibyte, Uint8Array.of(10)]) {
      const { there, back } = await both(harness, { headers: {}, body });
      sameBytes(body, there.body);
      sameBytes(body, back.body);
    }
  }),

  clause<TransportHarness>("header values arrive as they were sent", async (harness) => {
    const headers = {
      "micro-id": "42",
      "x-empty": "",
      "x-json": '{"id":"go.micro","code":404,"detail":"käse"}',
      "x-greek": "καλημέρα",
      "x-emoji": "🧀 and ⚙",
      "x-latin": "é",
      "x-long": "v".repeat(4_000),
      __proto__x: "no name is special",
    };
    const { there, back } = await both(harness, message("", headers));
    for (const [name, value] of Object.entries(headers)) {
      equal(there.headers[name], value);
      equal(back.headers[name], value);
    }
  }),

  clause<TransportHarness>("header names arrive in lower case", async (harness) => {
    const sent = message("", { "Content-Type": "application/json", "X-UPPER": "a", plain: "b" });
    const { there, back } = await both(harness, sent);
    for (const { headers } of [there, back]) {
      deepEqual(
        ["content-type", "x-upper", "plain"].map((name) => headers[name]),
        ["application/json", "a", "b"],
      );
      deepEqual(
        Object.keys(headers).filter((name) => name !== name.toLowerCase()),
        [],
      );
    }
  }),

  clause<TransportHarness>("no header value becomes another header", async (harness) => {
    const sent = message("body", { "x-note": "one\r\nx-planted: two\n\rend\n" });
    const { there, back } = await both(harness, sent);
    for (const { headers, body } of [there, back]) {
      equal(headers["x-planted"], undefined);
      equal(headers["x-note"]?.replace(/ +/g, " ").trim(), "one x-planted: two end");
      sameBytes(sent.body, body);
    }
  }),

  clause<TransportHarness>("what a receiver does to a message stays with it", async (harness) => {
    const sent = message("mine", { "x-owner": "sender" });
    const done = signal();
    const listener = await serve(harness, async (socket) => {
      const got = await socket.recv();
      ok(got);
      got.body.fill(0);
      Object.assign(got.headers, { "x-owner": "receiver" });
      done.give();
      await socket.send(message());
    });
    await call(harness, await dial(harness, listener), sent);
    await soon(harness, "the receiver", done.heard);
    deepEqual([Buffer.from(sent.body).toString(), sent.headers["x-owner"]], ["mine", "sender"]);
  }),

  clause<TransportHarness>("a channel names its peer", async (harness) => {
    const seen = signal<string>();
    const listener = await serve(harness, async (socket) => {
      seen.give(socket.remoteAddress);
      await echo(socket);
    });
    const client = await dial(harness, listener);
    const socket = client.open();
    equal(socket.remoteAddress, listener.address);
    await socket.send(message());
    ok((await soon(harness, "the call", seen.heard)).length > 0, "the caller has no name");
  }),
];
