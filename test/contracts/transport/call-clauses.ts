import { equal, ok, throws } from "node:assert/strict";
import { Unavailable } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { call, dial, echo, message, serve, signal, soon, text } from "./stage.js";

const manyCalls = 200;
const manyClients = 40;

/** Unary calls. */
export const callClauses = [
  clause<TransportHarness>("a request gets its reply", async (harness) => {
    const listener = await serve(harness, async (socket) => {
      const request = await socket.recv();
      await socket.send(message(`hello ${text(request)}`, { "x-from": "server" }));
      await socket.close();
    });
    const reply = await call(harness, await dial(harness, listener), message("you"));
    equal(text(reply), "hello you");
    equal(reply.headers["x-from"], "server");
  }),

  clause<TransportHarness>("one client serves many calls, one after another", async (harness) => {
    const listener = await serve(harness, echo);
    const client = await dial(harness, listener);
    for (let number = 0; number < manyCalls; number++) {
      const reply = await call(harness, client, message(`call ${number}`, { "micro-id": "7" }));
      equal(text(reply), `call ${number}`);
    }
    equal(client.closed, false);
  }),

  clause<TransportHarness>("a client opens as many channels as it says", async (harness) => {
    const listener = await serve(harness, echo);
    const client = await dial(harness, listener);
    ok(client.capacity >= 1, "the capacity is no number of channels");
    const open = Array.from({ length: client.capacity }, () => client.open());
    throws(
      () => client.open(),
      (error) => error instanceof Unavailable && error.retry === "safe",
    );
    await open[0]?.close();
    equal(text(await call(harness, client, message("free again"))), "free again");
  }),

  clause<TransportHarness>("many clients are served at the same time", async (harness) => {
    const everybody = signal();
    let waiting = 0;
    const listener = await serve(harness, async (socket) => {
      const request = await socket.recv();
      if (++waiting === manyClients) everybody.give();
      await everybody.heard;
      await socket.send(request ?? message("nothing"));
      await socket.close();
    });
    const replies = Array.from({ length: manyClients }, async (_, number) => {
      const client = await dial(harness, listener);
      return text(await call(harness, client, message(`client ${number}`)));
    });
    const got = await soon(harness, "all replies", Promise.all(replies));
    got.forEach((reply, number) => equal(reply, `client ${number}`));
  }),

  clause<TransportHarness>("calls that come before accept wait for it", async (harness) => {
    const listener = await harness.transport.listen(harness.address);
    const socket = (await dial(harness, listener)).open();
    await socket.send(message("early"));
    listener.accept((accepted) => void echo(accepted));
    equal(text(await soon(harness, "the reply", socket.recv())), "early");
  }),
];
