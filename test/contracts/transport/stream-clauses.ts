import { equal, ok } from "node:assert/strict";
import type { Socket } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { dial, message, serve, signal, soon, standstill, text } from "./stage.js";

const rounds = 50;
const burst = 20;
/** 64 MiB in all: more than any transport may keep for a reader that does not read. */
const heavyMessages = 1_024;
const heavyBytes = 65_536;

/** Sends numbered heavy messages, one after the other; counts those that `send` took. */
function pour(socket: Socket): { readonly taken: () => number; readonly done: Promise<void> } {
  let taken = 0;
  const done = (async () => {
    for (; taken < heavyMessages; taken++) {
      const body = new Uint8Array(heavyBytes).fill(taken & 255);
      await socket.send({ headers: { "x-number": String(taken) }, body });
    }
  })();
  done.catch(() => undefined);
  return { taken: () => taken, done };
}

/** Reads what {@link pour} sent. */
async function drink(harness: TransportHarness, socket: Socket): Promise<void> {
  for (let number = 0; number < heavyMessages; number++) {
    const got = await soon(harness, `message ${number}`, socket.recv());
    equal(got?.headers["x-number"], String(number));
    equal(got.body.length, heavyBytes);
    equal(got.body[heavyBytes - 1], number & 255);
  }
}

/** A stream whose other end is handed over once its first message, `open`, was read. */
async function openStream(harness: TransportHarness): Promise<readonly [Socket, Socket]> {
  const accepted = signal<Socket>();
  const listener = await serve(harness, async (socket) => {
    equal(text(await socket.recv()), "open");
    accepted.give(socket);
  });
  const near = (await dial(harness, listener)).open({ stream: true });
  await near.send(message("open"));
  return [near, await soon(harness, "the stream", accepted.heard)];
}

/** Streams. */
export const streamClauses = [
  clause<TransportHarness>("a stream keeps the order of both directions", async (harness) => {
    const [near, far] = await openStream(harness);
    for (let round = 0; round < rounds; round++) {
      await near.send(message(`there ${round}`));
      await far.send(message(`back ${round}`));
      equal(text(await soon(harness, "a message", far.recv())), `there ${round}`);
      equal(text(await soon(harness, "a message", near.recv())), `back ${round}`);
    }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      for (let number = 0; number < burst; number++) await from.send(message(`burst ${number}`));
      for (let number = 0; number < burst; number++)
        equal(text(await soon(harness, "a message", to.recv())), `burst ${number}`);
    }
  }),

  clause<TransportHarness>(
    "one direction goes on when the other has said its last",
    async (harness) => {
      const [near, far] = await openStream(harness);
      await near.send(message("last", { "x-phase": "done" }));
      equal(text(await soon(harness, "the last word", far.recv())), "last");
      for (let number = 0; number < burst; number++) {
        await far.send(message(`answer ${number}`));
        equal(text(await soon(harness, "an answer", near.recv())), `answer ${number}`);
      }
    },
  ),

  clause<TransportHarness>("a dialler that nobody reads is held back", async (harness) => {
    const [near, far] = await openStream(harness);
    const { taken, done } = pour(near);
    await standstill(harness, taken);
    ok(taken() < heavyMessages, "everything was taken although nobody reads");
    await drink(harness, far);
    await soon(harness, "the end of sending", done);
  }),

  clause<TransportHarness>("a server that nobody reads is held back", async (harness) => {
    const [near, far] = await openStream(harness);
    const { taken, done } = pour(far);
    await standstill(harness, taken);
    ok(taken() < heavyMessages, "everything was taken although nobody reads");
    await drink(harness, near);
    await soon(harness, "the end of sending", done);
  }),

  clause<TransportHarness>("recv gives undefined when the dialler has closed", async (harness) => {
    const [near, far] = await openStream(harness);
    for (let number = 0; number < burst; number++) await near.send(message(`last ${number}`));
    await near.close();
    for (let number = 0; number < burst; number++)
      equal(text(await soon(harness, "a message", far.recv())), `last ${number}`);
    equal(await soon(harness, "the end", far.recv()), undefined);
  }),

  clause<TransportHarness>("recv gives undefined when the server has closed", async (harness) => {
    const [near, far] = await openStream(harness);
    for (let number = 0; number < burst; number++) await far.send(message(`last ${number}`));
    await far.close();
    for (let number = 0; number < burst; number++)
      equal(text(await soon(harness, "a message", near.recv())), `last ${number}`);
    equal(await soon(harness, "the end", near.recv()), undefined);
  }),
];
