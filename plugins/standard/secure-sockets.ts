import { constants } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as openSocket,
  createSecureContext,
  createServer,
  type ConnectionOptions,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import {
  clientRefused,
  readPeerCertificate,
  tlsRequired,
  type Clock,
  type ClientCertificate,
  type Connection,
  type Logger,
  type RpcError,
  type TlsConnect,
  type TlsListen,
  type TlsMaterial,
} from "../../src/spi.js";
import { hostPort, RealConnection } from "./real-connection.js";

/** Milliseconds that a peer has for its handshake. */
const handshakeMs = 10_000;
/** Milliseconds that a peer has to take the last words and close. */
const lingerMs = 1_000;
/** Milliseconds in which refused peers are logged once. */
const quietMs = 1_000;
/** First byte of a TLS handshake (RFC 8446, section 5.1). */
const handshakeByte = 0x16;

/** Takes connections that were accepted through their handshake. */
export interface SecureDoor {
  take(raw: Socket): void;
  /** Drops those that are not through. */
  close(): void;
}

/** TLS over Node's sockets. */
export class SecureSockets {
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @throws the system's error for what is no PEM, and for a key of another certificate. */
  context(material: TlsMaterial): SecureContext {
    let context = this.#contexts.get(material);
    if (!context) {
      context = createSecureContext(contextOptions(material));
      this.#contexts.set(material, context);
    }
    return context;
  }

  /** A socket that connects; `secureConnect` follows once the server is verified. */
  open(host: string, port: number, tls: TlsConnect): TLSSocket {
    const { material, serverName, verify, protocols } = tls;
    const name = serverName ?? host;
    // Node takes `allowHalfOpen` here as everywhere; its types do not say so.
    const options: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
      host,
      port,
      allowHalfOpen: true,
      ...(protocols && { ALPNProtocols: [...protocols] }),
      secureContext: this.context(material),
      rejectUnauthorized: verify,
      servername: isIP(name) ? "" : name,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    };
    return openSocket(options);
  }

  /**
   * The door of one address. Whoever speaks no TLS, or has no certificate where one is required, is told
   * so and not read from: a bare close of the connection, which is all that Node would do, would leave
   * its people without a reason.
   */
  door(tls: TlsListen, accept: (connection: Connection) => void): SecureDoor {
    const { clientCertificate } = tls;
    const { logger } = this;
    let material = tls.material();
    let quietUntil = -Infinity;
    /** Not through yet, by address. */
    const waiting = new Map<string, Socket>();
    const refuse = (socket: Socket, error: RpcError): void => {
      const now = this.clock.monotonic();
      if (now >= quietUntil)
        logger.warn("a connection is refused", { peer: addressOf(socket), error: error.detail });
      quietUntil = now + quietMs;
      socket.on("error", () => undefined);
      socket.end(tls.refuse(error));
      // Read and thrown away: a close with unread bytes could overtake the last words.
      socket.resume();
      const timeout = setTimeout(() => socket.destroy(), lingerMs);
      socket.once("close", () => clearTimeout(timeout));
    };
    const server = createServer(
      {
        ...servedWith(material),
        requestCert: clientCertificate !== "none",
        rejectUnauthorized: false, // refused below, with words
        handshakeTimeout: handshakeMs,
      },
      (socket) => {
        waiting.delete(addressOf(socket));
        const refusal = refusalOf(socket, clientCertificate);
        if (refusal) refuse(socket, refusal);
        else accept(new RealConnection(socket, certificateOf(socket)));
      },
    );
    server.on("tlsClientError", (error, socket) =>
      logger.debug("a handshake failed", { peer: addressOf(socket), error: error.message }),
    );
    return {
      take(raw) {
        const address = addressOf(raw);
        waiting.set(address, raw);
        raw.on("error", () => undefined);
        raw.once("close", () => waiting.delete(address));
        raw.setTimeout(handshakeMs, () => raw.destroy());
        raw.once("data", (first: Buffer) => {
          raw.pause();
          raw.setTimeout(0);
          if (first[0] !== handshakeByte) {
            waiting.delete(address);
            refuse(raw, tlsRequired());
            return;
          }
          raw.unshift(first);
          const latest = tls.material();
          if (!latest.certificate) {
            raw.destroy(); // nothing to shake hands with
            return;
          }
          if (latest !== material) server.setSecureContext(servedWith((material = latest)));
          server.emit("connection", raw);
        });
      },
      close() {
        for (const raw of waiting.values()) raw.destroy();
        waiting.clear();
      },
    };
  }
}

/** Who the peer is, as far as an authority that is trusted vouches for it. */
export const certificateOf = (socket: TLSSocket) =>
  socket.authorized ? readPeerCertificate(socket.getPeerCertificate()) : undefined;

function refusalOf(socket: TLSSocket, asked: ClientCertificate): RpcError | undefined {
  if (asked !== "required") return undefined;
  // A session that was resumed can be authorized without any.
  if (!socket.getPeerX509Certificate()) return clientRefused(undefined);
  return socket.authorized ? undefined : clientRefused(String(socket.authorizationError));
}

const addressOf = ({ remoteAddress = "", remotePort = 0 }: Socket): string =>
  hostPort(remoteAddress, remotePort);

/**
 * A resumed session would carry on what an authority vouched for that is not trusted any more. Node
 * forgets what is not said again with a renewal.
 */
const servedWith = (material: TlsMaterial): SecureContextOptions => ({
  ...contextOptions(material),
  secureOptions: constants.SSL_OP_NO_TICKET,
});

function contextOptions({ certificate, key, ca, minVersion }: TlsMaterial): SecureContextOptions {
  return {
    minVersion,
    ...(certificate && { cert: Buffer.from(certificate) }),
    ...(key && { key: Buffer.from(key) }),
    ...(ca && { ca: Buffer.from(ca) }),
  };
}
