import { Unavailable, type Socket } from "../../../src/spi.js";
import { withAccepted, withClient, withListener, type TransportMutant } from "./mutant.js";

const enoughCalls = 50;

/** Mutants of `call-clauses.ts`. */
export const callMutants: readonly TransportMutant[] = [
  {
    name: "answers with the request",
    kills: "a request gets its reply",
    mutate: withAccepted((socket) => {
      let request: Awaited<ReturnType<Socket["recv"]>>;
      return {
        recv: async () => (request = await socket.recv()),
        send: (message) => socket.send(request ?? message),
      };
    }),
  },
  {
    name: "tires of a client",
    kills: "one client serves many calls, one after another",
    mutate: withClient((client) => {
      let calls = 0;
      return {
        open: (how) => {
          if (++calls > enoughCalls) throw new Unavailable("enough", { retry: "safe" });
          return client.open(how);
        },
      };
    }),
  },
  {
    name: "opens more channels than it says",
    kills: "a client opens as many channels as it says",
    mutate: withClient(() => ({ capacity: 1 })),
  },
  {
    name: "forgets to count a channel down",
    kills: "a client opens as many channels as it says",
    mutate: withClient((client) => {
      let open = 0;
      return {
        capacity: 3,
        open: (how) => {
          if (open++ >= 3) throw new Unavailable("full", { retry: "safe" });
          return client.open(how);
        },
      };
    }),
  },
  {
    name: "serves one call at a time",
    kills: "many clients are served at the same time",
    mutate: withListener((listener) => {
      const waiting: (() => void)[] = [];
      let busy = false;
      const next = (): void => {
        const start = waiting.shift();
        busy = start !== undefined;
        start?.();
      };
      return {
        accept: (handler) =>
          listener.accept((socket) => {
            const close = socket.close.bind(socket);
            socket.close = async (options) => {
              await close(options);
              next();
            };
            waiting.push(() => handler(socket));
            if (!busy) next();
          }),
      };
    }),
  },
  {
    name: "drops what comes before accept",
    kills: "calls that come before accept wait for it",
    mutate: withListener((listener) => {
      let accepted: ((socket: Socket) => void) | undefined;
      listener.accept((socket) => {
        if (accepted) accepted(socket);
        else void socket.close({ abort: true });
      });
      return { accept: (handler) => (accepted = handler) };
    }),
  },
];
