import type { buildConnector } from "undici";
import {
  tlsFailure,
  Timeout,
  Unavailable,
  type Environment,
  type RpcError,
  type TlsCredentials,
  type TlsMaterial,
} from "../../../src/spi.js";
import type { UndiciModule } from "./load-undici.js";

const id = "plugboard.client";

/** Connects, by TLS with what `tls` has now, and says of what fails that nothing has been sent. */
export function connector(
  undici: UndiciModule,
  environment: Environment,
  dialTimeoutMs: number,
  tls: TlsCredentials | undefined,
): buildConnector.connector {
  const connectBy = connectors(undici, environment, dialTimeoutMs, tls);
  return (options, callback) =>
    connectBy()(withName(options, tls), (...[error, socket]) => {
      if (!error) {
        // After an alert of its peer a socket of TLS is left open, and undici would tell of its end instead.
        if (tls) socket.on("error", () => socket.destroy());
        callback(null, socket);
        return;
      }
      const address = `${options.hostname}:${options.port}`;
      const failure = tls && tlsFailure(address, error, id);
      const failed = failure ?? notConnected(error, address, dialTimeoutMs);
      // The files may know better by now; then the next attempt does.
      if (failure) void tls.refresh().then(() => callback(failed, null));
      else callback(failed, null);
    });
}

/** One for the certificates of now. */
function connectors(
  undici: UndiciModule,
  { network }: Environment,
  timeout: number,
  tls: TlsCredentials | undefined,
): () => buildConnector.connector {
  if (!tls) {
    const plain = undici.buildConnector({ timeout });
    return () => plain;
  }
  let used: TlsMaterial | undefined;
  let current: buildConnector.connector;
  return () => {
    if (used !== tls.material) {
      used = tls.material;
      current = undici.buildConnector({
        timeout,
        secureContext: network.secureContext(used),
        rejectUnauthorized: tls.verify,
        maxCachedSessions: 0, // a resumed session would not look at the certificate again
      });
    }
    return current;
  };
}

/** The name that is asked for, and that the certificate must hold: Node takes the host where there is none. */
function withName(
  options: buildConnector.Options,
  tls: TlsCredentials | undefined,
): buildConnector.Options {
  return tls?.serverName === undefined ? options : { ...options, servername: tls.serverName };
}

function notConnected(
  cause: Error & { readonly code?: string },
  address: string,
  dialTimeoutMs: number,
): RpcError {
  const unsent = { id, retry: "safe", cause } as const;
  if (cause.code === "UND_ERR_CONNECT_TIMEOUT") {
    return new Timeout(`${address}: no connection within ${dialTimeoutMs} ms`, {
      ...unsent,
      reason: "transport.connect-timeout",
    });
  }
  return new Unavailable(`${address}: cannot connect: ${cause.message}`, {
    ...unsent,
    reason: "transport.connect-failed",
  });
}
