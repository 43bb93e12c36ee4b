import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from "node:http2";
import type { Socket } from "node:net";
import {
  listenBacklog,
  splitAddress,
  Unavailable,
  type TlsCredentials,
  type TlsMaterial,
} from "../../../src/spi.js";

/** Milliseconds that a peer has for its handshake. */
const handshakeMs = 10_000;

/** OpenSSL's SSL_OP_NO_TICKET: a resumed session would carry on what is not trusted any more. */
const noTickets = 0x4000;

/** A bound address at which HTTP/2 is spoken. */
export interface Http2Listener {
  readonly server: Http2Server | Http2SecureServer;
  readonly port: number;
  /** Has so many connections at most; `full` hears when more come, once until there is room again. */
  limit(connections: number, full: () => void): void;
  /** Takes no new connections. */
  shut(): void;
  /** Ends what has come, through its handshake or not. */
  destroy(): void;
}

/** Makes the server, which follows the renewals of `tls`. */
function make(settings: ServerOptions, tls: TlsCredentials | undefined) {
  if (!tls) return createServer(settings);
  const { clientCertificate } = tls;
  const server = createSecureServer({
    ...settings,
    ...contextOptions(tls.material),
    requestCert: clientCertificate !== "none",
    rejectUnauthorized: clientCertificate === "required",
    handshakeTimeout: handshakeMs,
  });
  tls.onChange((material) => server.setSecureContext(contextOptions(material)));
  return server;
}

/** Binds `host:port`. @throws Unavailable `transport.address-in-use` or `transport.listen-failed`. */
export async function listenHttp2(
  address: string,
  settings: ServerOptions,
  tls: TlsCredentials | undefined,
): Promise<Http2Listener> {
  const server = make(settings, tls);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const { host, port } = splitAddress(address);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const where = { port: Number(port), backlog: listenBacklog, ...(host && { host }) };
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    throw notBound(address, cause);
  });
  const bound = server.address();
  return {
    server,
    port: typeof bound === "object" && bound ? bound.port : Number(port),
    limit(connections, full) {
      let told = false;
      server.maxConnections = connections;
      server.on("drop", () => {
        if (!told) full();
        told = true;
      });
      server.on("connection", () => {
        told = false;
      });
    },
    shut: () => void server.close(),
    destroy: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function notBound(address: string, cause: unknown): Unavailable {
  const { code, message } = cause as { readonly code?: string; readonly message?: string };
  const taken = code === "EADDRINUSE";
  return new Unavailable(
    taken
      ? `${address} is in use. Stop what listens there, or listen on port 0`
      : `${address} cannot be listened on: ${message ?? String(cause)}`,
    { reason: taken ? "transport.address-in-use" : "transport.listen-failed", cause },
  );
}

/** All of it is said again with every renewal: Node forgets what is not. */
const contextOptions = ({ certificate, key, ca, minVersion }: TlsMaterial) => ({
  minVersion,
  secureOptions: noTickets,
  ...(certificate && { cert: Buffer.from(certificate) }),
  ...(key && { key: Buffer.from(key) }),
  ...(ca && { ca: Buffer.from(ca) }),
});
