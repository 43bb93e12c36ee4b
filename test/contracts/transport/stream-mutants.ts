import type { Message, Socket } from "../../../src/spi.js";
import { withAccepted, withArriving, withDialled, type TransportMutant } from "./mutant.js";

/** A `send` that takes whatever comes and sends it when it can. */
const greedy = (socket: Socket): Partial<Socket> => {
  let last = Promise.resolve();
  return {
    send: async (message) => {
      last = last.then(() => socket.send(message)).catch(() => undefined);
    },
  };
};

/** A `recv` that loses what waits when the peer closes. */
const hasty = (socket: Socket): Partial<Socket> => {
  let received = 0;
  return {
    recv: async () => (++received > 5 ? undefined : socket.recv()),
  };
};

/** Mutants of `stream-clauses.ts`. */
export const streamMutants: readonly TransportMutant[] = [
  {
    name: "lets a later message overtake",
    kills: "a stream keeps the order of both directions",
    mutate: withDialled((socket) => {
      let held: Message | undefined;
      return {
        send: async (message) => {
          const burst = Buffer.from(message.body).toString().startsWith("burst 3");
          if (burst) {
            held = message;
            return;
          }
          await socket.send(message);
          if (held) await socket.send(held);
          held = undefined;
        },
      };
    }),
  },
  {
    name: "ends both directions with one",
    kills: "one direction goes on when the other has said its last",
    mutate: withDialled((socket) => {
      let done = false;
      return {
        send: (message) => {
          done ||= message.headers["x-phase"] === "done";
          return socket.send(message);
        },
        recv: async () => (done ? undefined : socket.recv()),
      };
    }),
  },
  {
    name: "takes all that a dialler sends",
    kills: "a dialler that nobody reads is held back",
    mutate: withDialled(greedy),
  },
  {
    name: "takes all that a server sends",
    kills: "a server that nobody reads is held back",
    mutate: withAccepted(greedy),
  },
  {
    name: "loses what the dialler sent before it closed",
    kills: "recv gives undefined when the dialler has closed",
    mutate: withAccepted(hasty),
  },
  {
    name: "ends a dialler's stream with an empty message",
    kills: "recv gives undefined when the dialler has closed",
    mutate: (transport) =>
      withAccepted((socket) => ({
        recv: async () => (await socket.recv()) ?? { headers: {}, body: new Uint8Array() },
      }))(withArriving((message) => message)(transport)),
  },
  {
    name: "loses what the server sent before it closed",
    kills: "recv gives undefined when the server has closed",
    mutate: withDialled(hasty),
  },
];
