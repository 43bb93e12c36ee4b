import { connect, type ClientHttp2Session, type ClientSessionOptions } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import {
  deferDestroy,
  holdSession,
  Timeout,
  tlsFailure,
  Unavailable,
  type Environment,
  type RpcError,
  type TlsCredentials,
} from "../../../src/spi.js";
import { blameTls } from "./blame-tls.js";

const id = "plugboard.client";

/** Bytes that a peer may send ahead, on one stream and on a whole connection. */
const streamWindow = 1_048_576;
const connectionWindow = 4 * streamWindow;

/** A connection that is being made. */
export interface Dialling {
  /** @throws Unavailable `transport.connect-failed` and Timeout `transport.connect-timeout`, safe to retry, and TLS's. */
  readonly session: Promise<ClientHttp2Session>;
  /** Gives it up with that. */
  fail(error: RpcError): void;
}

/** Connects to `address` within `timeoutMs`. */
export function dialHttp2(
  address: string,
  timeoutMs: number,
  environment: Environment,
  tls: TlsCredentials | undefined,
): Dialling {
  let giveUp = (_error: RpcError): void => undefined;
  const session = new Promise<ClientHttp2Session>((resolve, reject) => {
    const http2 = open(address, environment, tls);
    deferDestroy(http2, environment.timers);
    const settle = (): void => {
      timer.cancel();
      http2.off("close", refused);
    };
    const fail = (giveUp = (error) => {
      settle();
      reject(error);
      http2.destroy();
    });
    const timer = environment.timers.after(timeoutMs, () => fail(tooLate(address, timeoutMs)));
    let cause: unknown;
    const refused = (): void => void failure(address, cause, environment, tls).then(fail);
    http2.on("error", (error: Error) => (cause ??= error)); // "close" tells
    http2.once("close", refused);
    http2.once("connect", () => holdSession(http2, environment.timers));
    // HTTP/2 begins with the server's settings: before, anybody may be there.
    http2.once("remoteSettings", () => {
      settle();
      http2.setLocalWindowSize(connectionWindow);
      resolve(http2);
    });
  });
  return { session, fail: (error) => giveUp(error) };
}

function open(
  address: string,
  { network }: Environment,
  tls: TlsCredentials | undefined,
): ClientHttp2Session {
  const options: ClientSessionOptions = {
    settings: { enablePush: false, initialWindowSize: streamWindow },
    maxSessionMemory: Number.MAX_SAFE_INTEGER, // what is bounded is each message
  };
  if (!tls) return connect(`http://${address}`, options);
  const { material, verify, serverName } = tls;
  const secure: ConnectionOptions = {
    secureContext: network.secureContext(material),
    rejectUnauthorized: verify,
    ...(serverName !== undefined && { servername: serverName }),
  };
  const http2 = connect(`https://${address}`, { ...options, ...secure });
  // A session that hears a TLS alert after the handshake keeps its socket, and never closes.
  http2.socket.once("error", function (this: Socket) {
    this.destroy();
  });
  return http2;
}

/** Why there is no connection. Never rejects. */
async function failure(
  address: string,
  cause: unknown,
  environment: Environment,
  tls: TlsCredentials | undefined,
): Promise<RpcError> {
  const told = tls && tlsFailure(address, cause, id);
  if (!told) return (await blameTls(address, environment, tls)) ?? nobody(address);
  // The files may know better by now; then the next attempt does.
  await tls.refresh();
  return told;
}

const tooLate = (address: string, timeoutMs: number): Timeout =>
  new Timeout(
    `${address}: no connection within ${timeoutMs} ms`,
    unsent("transport.connect-timeout"),
  );

const nobody = (address: string): Unavailable =>
  new Unavailable(
    `${address}: cannot connect; nobody speaks gRPC there`,
    unsent("transport.connect-failed"),
  );

const unsent = (reason: string) => ({ id, reason, retry: "safe" }) as const;
