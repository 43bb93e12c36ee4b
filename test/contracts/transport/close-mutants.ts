import type { Socket } from "../../../src/spi.js";
import {
  withAccepted,
  withClient,
  withDialled,
  withListener,
  withTransport,
  type TransportMutant,
} from "./mutant.js";

const never = new Promise<never>(() => undefined);

/** Closing that works once. */
const once = (close: () => Promise<void>): (() => Promise<void>) => {
  let closed = false;
  return async () => {
    if (closed) throw new Error("closed already");
    closed = true;
    await close();
  };
};

/** Closing that waits for what never comes. */
const stuck = (): { close: () => Promise<void> } => ({ close: async () => undefined });

const twice = "everything can be closed twice";

/** Mutants of `close-clauses.ts`. */
export const closeMutants: readonly TransportMutant[] = [
  {
    name: "keeps quiet about callers that leave",
    kills: "a server learns that its caller went away",
    mutate: withAccepted(() => ({ onPeerClose: () => undefined })),
  },
  {
    name: "lets callers of a lost server wait",
    kills: "a caller learns that its server went away",
    mutate: withDialled((socket) => ({
      recv: () =>
        socket.recv().then(
          (message) => message ?? never,
          () => never,
        ),
    })),
  },
  {
    name: "keeps quiet about servers that leave",
    kills: "a caller learns that its server went away",
    mutate: withDialled(() => ({ onPeerClose: () => undefined })),
  },
  {
    name: "reports a peer that it left itself",
    kills: "onPeerClose is silent after close",
    mutate: withDialled((socket) => {
      let told = (): void => undefined;
      return {
        onPeerClose: (listener) => (told = listener),
        close: async (options) => {
          await socket.close(options);
          told();
        },
      };
    }),
  },
  {
    name: "pretends to send on a closed channel",
    kills: "nothing is sent or received on a closed channel",
    mutate: withDialled((socket) => ({
      send: (message) => socket.send(message).catch(() => undefined),
    })),
  },
  {
    name: "hands over messages after close",
    kills: "nothing is sent or received on a closed channel",
    mutate: withDialled((socket) => {
      let early: ReturnType<Socket["recv"]> | undefined;
      return {
        recv: () => early ?? socket.recv(),
        close: async (options) => {
          early = socket.recv();
          await early;
          await socket.close(options);
        },
      };
    }),
  },
  {
    name: "closes a caller's channel once",
    kills: twice,
    mutate: withDialled((socket) => ({ close: once(() => socket.close()) })),
  },
  {
    name: "closes a server's channel once",
    kills: twice,
    mutate: withAccepted((socket) => ({ close: once(() => socket.close()) })),
  },
  {
    name: "closes a client once",
    kills: twice,
    mutate: withClient((client) => ({ close: once(() => client.close()) })),
  },
  {
    name: "closes a listener once",
    kills: twice,
    mutate: withListener((listener) => ({ close: once(() => listener.close()) })),
  },
  {
    name: "closes itself once",
    kills: twice,
    mutate: (transport) => withTransport(transport, { close: once(() => transport.close()) }),
  },
  {
    name: "opens channels on a closed client",
    kills: "a closed client opens no channel",
    mutate: withClient((client) => {
      const spare = client.open();
      return { open: (how) => (client.closed ? spare : client.open(how)) };
    }),
  },
  {
    name: "keeps the channels of a closed client",
    kills: "a client that closes ends its channels",
    mutate: withClient(stuck),
  },
  {
    name: "keeps the address of a closed listener",
    kills: "a listener that closes gives its address back",
    mutate: withListener(stuck),
  },
  {
    name: "keeps what it opened",
    kills: "a transport that closes takes everything with it",
    mutate: (transport) => withTransport(transport, stuck()),
  },
  {
    name: "drains by closing",
    kills: "drain lets open calls finish",
    mutate: withListener((listener) => ({ drain: () => listener.close() })),
  },
  {
    name: "ignores drain",
    kills: "drain takes no new calls",
    mutate: withListener(() => ({ drain: async () => undefined })),
  },
];
