import { equal, ok, throws } from "node:assert/strict";
import { Unavailable, type Listener, type Socket, type TransportClient } from "../../../src/spi.js";
import { clause } from "../clause.js";
import type { TransportHarness } from "./harness.js";
import { call, dial, echo, failure, message, serve, signal, soon, text } from "./stage.js";

interface Waiting {
  readonly listener: Listener;
  readonly client: TransportClient;
  /** The dialler's end, whose request has arrived. */
  readonly near: Socket;
  /** The server's end, which has not answered. */
  readonly far: Socket;
}

/** A unary call whose answer is up to the clause. */
async function waitingCall(harness: TransportHarness): Promise<Waiting> {
  const accepted = signal<Socket>();
  const listener = await serve(harness, async (socket) => {
    await socket.recv();
    accepted.give(socket);
  });
  const client = await dial(harness, listener);
  const near = client.open();
  await near.send(message("?"));
  return { listener, client, near, far: await soon(harness, "the call", accepted.heard) };
}

/** Fails unless the channel ends: with undefined, or with Unavailable `transport.closed`. */
async function ends(harness: TransportHarness, pending: Promise<unknown>): Promise<void> {
  try {
    equal(await soon(harness, "the end", pending), undefined);
  } catch (error) {
    ok(error instanceof Unavailable, String(error));
    equal(error.reason, "transport.closed");
  }
}

const gone = (socket: Socket): Promise<void> => {
  const { heard, give } = signal();
  socket.onPeerClose(give);
  return heard;
};

/** How channels, clients, listeners and transports end. */
export const closeClauses = [
  clause<TransportHarness>("a server learns that its caller went away", async (harness) => {
    const { near, far } = await waitingCall(harness);
    const noticed = gone(far);
    await near.close({ abort: true });
    await soon(harness, "onPeerClose", noticed);
  }),

  clause<TransportHarness>("a caller learns that its server went away", async (harness) => {
    const { near, listener } = await waitingCall(harness);
    const noticed = gone(near);
    const pending = ends(harness, near.recv());
    await listener.close();
    await pending;
    await soon(harness, "onPeerClose", noticed);
  }),

  clause<TransportHarness>("onPeerClose is silent after close", async (harness) => {
    const { near, far, client, listener } = await waitingCall(harness);
    let calls = 0;
    near.onPeerClose(() => calls++);
    await far.send(message("!"));
    equal(text(await soon(harness, "the reply", near.recv())), "!");
    await near.close();
    await listener.close();
    await client.close();
    equal(calls, 0);
  }),

  clause<TransportHarness>("nothing is sent or received on a closed channel", async (harness) => {
    const { near, far } = await waitingCall(harness);
    await far.send(message("too late"));
    await near.close();
    equal(await soon(harness, "recv", near.recv()), undefined);
    equal((await failure(harness, "send", near.send(message()))).reason, "transport.closed");
  }),

  clause<TransportHarness>("everything can be closed twice", async (harness) => {
    const { near, far, client, listener } = await waitingCall(harness);
    for (const part of [near, far, client, listener, harness.transport]) {
      await soon(harness, "close", part.close());
      await soon(harness, "close again", part.close());
    }
  }),

  clause<TransportHarness>("a closed client opens no channel", async (harness) => {
    const client = await dial(harness, await serve(harness, echo));
    equal(client.closed, false);
    await client.close();
    equal(client.closed, true);
    throws(
      () => client.open(),
      (error) =>
        error instanceof Unavailable &&
        error.reason === "transport.closed" &&
        error.retry === "safe",
    );
  }),

  clause<TransportHarness>("a client that closes ends its channels", async (harness) => {
    const { near, far, client } = await waitingCall(harness);
    const noticed = gone(far);
    const pending = ends(harness, near.recv());
    await client.close();
    await pending;
    await soon(harness, "onPeerClose", noticed);
  }),

  clause<TransportHarness>("a listener that closes gives its address back", async (harness) => {
    const first = await serve(harness, echo);
    await first.close();
    const second = await harness.transport.listen(first.address);
    equal(second.address, first.address);
    second.accept((socket) => void echo(socket));
    equal(text(await call(harness, await dial(harness, second), message("moved in"))), "moved in");
  }),

  clause<TransportHarness>("a transport that closes takes everything with it", async (harness) => {
    const { near, client, listener } = await waitingCall(harness);
    const pending = ends(harness, near.recv());
    await harness.transport.close();
    await pending;
    equal(client.closed, true);
    await failure(harness, "dialling", harness.transport.dial(listener.address));
  }),

  clause<TransportHarness>("drain lets open calls finish", async (harness) => {
    const { near, far, listener } = await waitingCall(harness);
    await soon(harness, "drain", listener.drain());
    await far.send(message("finished"));
    await far.close();
    equal(text(await soon(harness, "the reply", near.recv())), "finished");
  }),

  clause<TransportHarness>("drain takes no new calls", async (harness) => {
    const { near, far, client, listener } = await waitingCall(harness);
    await soon(harness, "drain", listener.drain());
    const error = await failure(harness, "dialling", harness.transport.dial(listener.address));
    equal(error.reason, "transport.connect-failed");
    await far.send(message("finished"));
    await far.close();
    equal(text(await soon(harness, "the reply", near.recv())), "finished");
    await near.close();
    const again = async (): Promise<unknown> => call(harness, client, message("more?"));
    equal((await failure(harness, "a call after drain", again())).reason, "transport.closed");
  }),
];
