import {
  Transport,
  type Listener,
  type Message,
  type Plugin,
  type Socket,
  type TransportClient,
} from "../../../src/spi.js";

/** A transport with one promise broken, and the clause that must notice. */
export interface TransportMutant {
  readonly name: string;
  /** Title of the clause that fails. */
  readonly kills: string;
  /** Breaks a sound transport. */
  readonly mutate: (transport: Transport) => Transport;
}

/** The transport with some of its members replaced. */
export const withTransport = (transport: Transport, parts: Partial<Transport>): Transport => ({
  name: transport.name,
  dial: (address, options) => transport.dial(address, options),
  listen: (address, options) => transport.listen(address, options),
  close: () => transport.close(),
  ...parts,
});

/** The channel with some of its members replaced. */
export const withParts = (socket: Socket, parts: Partial<Socket>): Socket => ({
  remoteAddress: socket.remoteAddress,
  send: (message) => socket.send(message),
  recv: () => socket.recv(),
  onPeerClose: (listener) => socket.onPeerClose(listener),
  close: (options) => socket.close(options),
  ...parts,
});

/** Replaces members of every client. */
export const withClient =
  (change: (client: TransportClient, address: string) => Partial<TransportClient>) =>
  (transport: Transport): Transport =>
    withTransport(transport, {
      dial: async (address, options) => {
        const client = await transport.dial(address, options);
        return Object.defineProperties(
          {
            capacity: client.capacity,
            get closed() {
              return client.closed;
            },
            open: (how?: { readonly stream?: boolean }) => client.open(how),
            close: () => client.close(),
          },
          Object.getOwnPropertyDescriptors(change(client, address)),
        );
      },
    });

/** Replaces members of every listener. */
export const withListener =
  (change: (listener: Listener) => Partial<Listener>) =>
  (transport: Transport): Transport =>
    withTransport(transport, {
      listen: async (address, options) => {
        const listener = await transport.listen(address, options);
        return {
          address: listener.address,
          accept: (handler) => listener.accept(handler),
          drain: () => listener.drain(),
          close: () => listener.close(),
          ...change(listener),
        };
      },
    });

/** Replaces members of every channel at the dialler's end. */
export const withDialled = (
  change: (socket: Socket, stream: boolean) => Partial<Socket>,
): ((transport: Transport) => Transport) =>
  withClient((client) => ({
    open: (how) => {
      const socket = client.open(how);
      return withParts(socket, change(socket, how?.stream ?? false));
    },
  }));

/** Replaces members of every channel at the server's end. */
export const withAccepted = (
  change: (socket: Socket) => Partial<Socket>,
): ((transport: Transport) => Transport) =>
  withListener((listener) => ({
    accept: (handler) => listener.accept((socket) => handler(withParts(socket, change(socket)))),
  }));

/** Changes what the server receives. */
export const withArriving = (
  change: (message: Message) => Message,
): ((transport: Transport) => Transport) =>
  withAccepted((socket) => ({
    recv: async () => {
      const message = await socket.recv();
      return message && change(message);
    },
  }));

/** A plugin of a broken transport. */
export const mutantPlugin = (
  { name, mutate }: TransportMutant,
  sound: Plugin<Transport>,
): Plugin<Transport> => ({
  token: Transport,
  name,
  needs: [],
  create: async (environment) => mutate(await sound.create(environment)),
});
