import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  clientRefused,
  tlsRequired,
  type ClientCertificate,
  type Environment,
  type RpcError,
  type TlsCredentials,
} from "../../../src/spi.js";
import { addressOf } from "./connection-peer.js";
import { lastWords } from "./last-words.js";
import { handshakeMs, tlsContextOptions } from "./tls-server-options.js";

/** Milliseconds that a peer has to take the last words and close. */
const lingerMs = 1_000;
/** Milliseconds in which refused peers are logged once. */
const quietMs = 1_000;
/** First byte of a TLS handshake (RFC 8446, section 5.1). */
const handshakeByte = 0x16;

/**
 * Stands between the connections of a server and its requests. Whoever speaks no TLS, or has no
 * certificate where one is required, is told so, and no request of theirs is read.
 */
export class TlsGate {
  /** Not served: before or in their handshake, or refused; by address. */
  readonly #unserved = new Map<string, Socket>();
  #quietUntil = -Infinity;
  #closed = false;

  constructor(
    server: Server,
    tls: TlsCredentials,
    private readonly environment: Environment,
  ) {
    const { logger } = environment;
    const shakeHands = takeOver<Socket>(server, "connection");
    const serve = takeOver<TLSSocket>(server, "secureConnection");
    takeOver(server, "tlsClientError"); // would be answered as bytes that are no HTTP
    server.on("connection", (raw: Socket) => this.#receive(raw, shakeHands));
    server.on("secureConnection", (socket) => {
      const refusal = refusalOf(socket, tls.clientCertificate);
      if (refusal) this.#refuse(socket, refusal);
      else {
        this.#unserved.delete(addressOf(socket));
        serve(socket);
      }
    });
    server.on("tlsClientError", (error, socket) => {
      logger.debug("a handshake failed", { peer: addressOf(socket), error: error.message });
      socket.destroy();
    });
    tls.onChange((material) => server.setSecureContext(tlsContextOptions(material)));
  }

  /** Drops those that are not served, and whoever comes from now on. */
  close(): void {
    this.#closed = true;
    for (const raw of this.#unserved.values()) raw.destroy();
    this.#unserved.clear();
  }

  #receive(raw: Socket, shakeHands: (raw: Socket) => void): void {
    if (this.#closed) {
      raw.destroy();
      return;
    }
    const address = addressOf(raw);
    this.#unserved.set(address, raw);
    const silent = (): unknown => raw.destroy();
    raw.on("error", () => undefined);
    raw.once("close", () => this.#unserved.delete(address));
    raw.setTimeout(handshakeMs, silent);
    raw.once("data", (first: Buffer) => {
      raw.pause();
      raw.setTimeout(0, silent);
      if (first[0] === handshakeByte) {
        raw.unshift(first);
        shakeHands(raw);
      } else this.#refuse(raw, tlsRequired());
    });
  }

  #refuse(socket: Socket, error: RpcError): void {
    const { clock, logger, timers } = this.environment;
    const now = clock.monotonic();
    if (now >= this.#quietUntil) {
      this.#quietUntil = now + quietMs;
      logger.warn("a connection is refused", { peer: addressOf(socket), error: error.detail });
    }
    socket.on("error", () => undefined);
    socket.end(lastWords(error));
    // Read and thrown away: a close with unread bytes could overtake the last words.
    socket.resume();
    const timer = timers.after(lingerMs, () => socket.destroy(), { background: true });
    socket.once("close", () => timer.cancel());
  }
}

/** Takes an event away from Node's own listener, which is the first; the result tells it again. */
function takeOver<T extends Socket | Error>(server: Server, event: string): (told: T) => void {
  type Listener = (told: T) => void;
  const [own] = server.listeners(event) as Listener[];
  if (!own) return () => undefined;
  server.removeListener(event, own);
  return (told) => own.call(server, told);
}

function refusalOf(socket: TLSSocket, asked: ClientCertificate): RpcError | undefined {
  if (asked !== "required") return undefined;
  // A session that was resumed can be authorized without any.
  if (!socket.getPeerX509Certificate()) return clientRefused(undefined);
  return socket.authorized ? undefined : clientRefused(String(socket.authorizationError));
}
